/* SPDX-License-Identifier: MIT */
#include "command/services.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "command/first.h"
#include "run/run.h"
#include "tell/report.h"

#include <stdlib.h>

static void tell(const struct target *target, const char *what,
		 const char *why)
{
	char *line = xasprintf("%s: services %s: %s", target->config->name,
			       what, why);

	report_print_line(line);
	free(line);
}

/* Why no service of TARGET was looked at. */
static const char *why_not(const struct target *target)
{
	const struct facts *facts = &target->facts;

	if (target->damage)
		return target->damage;
	if (target->failure)
		return target->failure;
	if (!target->state->has_released)
		return "there are no links that would be known; alnitak init "
		       "makes them";
	return facts->shown ? "the links do not show what they should; run "
			      "alnitak" :
			      "the links lead nowhere; run alnitak";
}

static bool test_target(const struct source *source,
			const struct target *target)
{
	switch (target->probe) {
	case PROBE_NOT_ASKED:
		tell(target, "not looked at", target->probe_detail ?
		     target->probe_detail : why_not(target));
		return true;
	case PROBE_UNSEEN:
		tell(target, "not looked at", target->probe_detail);
		return true;
	case PROBE_NO_ANSWER:
		tell(target, "not seen", target->probe_detail);
		return true;
	case PROBE_SAW_NEW:
		tell(target, "seen", target->probe_detail);
		return true;
	case PROBE_SAW_OLD:
	case PROBE_SAW_NEXT:
	case PROBE_SAW_OTHER:
		break;
	}
	log_error("%s: %s; let it load the files in %s/%s, and reload it",
		  target->config->name, target->probe_detail,
		  source->places.dane_path, target->config->name);
	return false;
}

bool services_test(struct world *world, const struct config *config,
		   const struct calling *calling)
{
	struct pass pass;
	bool ok;

	if (first_is_to_come(world, config)) {
		report_print_line("services not looked at: there are no links "
				  "yet; alnitak init makes them");
		return true;
	}
	ok = run_open(&pass, world, config, calling, RUN_DRY) == EXIT_DONE;
	if (ok)
		run_look_services(&pass);
	for (size_t i = 0; i < pass.targets.count; i++)
		ok &= test_target(&pass.source, &pass.targets.items[i]);
	run_close(&pass);
	return ok;
}
