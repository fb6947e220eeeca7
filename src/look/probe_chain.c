/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "cert/dane.h"

#include <stdlib.h>

static const char *remedy(enum dane_verdict verdict)
{
	switch (verdict) {
	case DANE_ACCEPTED:
		break;
	case DANE_NOT_FOUND:
	case DANE_NOT_LINKED:
		return "let it serve fullchain.pem";
	case DANE_WRONG_NAME:
		return "let certbot issue one with that name, or use usage 3";
	case DANE_EXPIRED:
		return "renew it";
	case DANE_NOT_YET_VALID:
		return "compare the clocks";
	case DANE_REFUSED:
		return "have it issued anew, or use usage 3";
	}
	return "nothing is to be done";
}

static char *explain_verdict(const struct chain *wanted,
			     const struct config_spec *spec,
			     const struct showing_verdict *found)
{
	if (found->verdict == DANE_ACCEPTED)
		return NULL;
	if (found->verdict == DANE_NOT_FOUND && wanted->count > 1)
		return xasprintf("presents the wanted certificate without its "
				 "issuer %s; %s",
				 wanted->certificates[1].subject,
				 remedy(found->verdict));
	return xasprintf("presents the wanted certificate, which %s: clients "
			 "of usage %u refuse it; %s", found->detail,
			 spec->params.usage, remedy(found->verdict));
}

bool probe_shows_any(const struct config_target *target,
		     const struct config_probe *probe)
{
	for (size_t i = 0; i < target->spec_count; i++)
		if (config_probe_shows(target, probe, &target->specs[i]))
			return true;
	return false;
}

bool probe_concerns(const struct config_target *target,
		    const struct service *service,
		    const struct config_spec *spec)
{
	if (service->base && !streq(service->base, spec->host))
		return false;
	if (service->probe)
		return config_probe_shows(target, service->probe, spec) ||
		       !probe_shows_any(target, service->probe);
	return config_is_probed(spec) && spec->port == service->port &&
	       streq(spec->host, service->host);
}

static char *explain_leaf(const struct chain *have, const struct chain *want)
{
	char a[FINGERPRINT_TEXT_SIZE], b[FINGERPRINT_TEXT_SIZE];

	return xasprintf("presents %.8s.. (want %.8s..)",
			 fingerprint_format(&have->leaf, a),
			 fingerprint_format(&want->leaf, b));
}

/* Is there a record of SPEC for what REQUEST wants? */
static bool has_record(const struct probe_request *request,
		       const struct config_spec *spec)
{
	struct tlsa record;
	bool has = tlsa_from_chain(request->wanted, spec->params, &record);

	tlsa_clear(&record);
	return has;
}

void probe_add_records(const struct probe_request *request,
		       struct service *service)
{
	const struct config_target *target = request->target;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		struct showing_record *record;

		if (!probe_concerns(target, service, spec) ||
		    !has_record(request, spec))
			continue;
		record = array_push(service->records, service->record_count);
		must(tlsa_from_chain(request->wanted, spec->params,
				     &record->record));
		record->host = spec->host;
		record->domain = service->probe ? service->probe->domain :
						  NULL;
	}
}

char *probe_judge_chain(const struct probe_request *request,
			const struct service *service,
			const struct showing *showing)
{
	const struct config_target *target = request->target;
	char *reason = NULL;
	size_t at = 0;

	if (!showing->verdicts)
		return explain_leaf(showing->chain, request->wanted);
	for (size_t i = 0; i < target->spec_count && !reason; i++) {
		const struct config_spec *spec = &target->specs[i];

		if (!probe_concerns(target, service, spec))
			continue;
		if (has_record(request, spec))
			reason = explain_verdict(request->wanted, spec,
						 &showing->verdicts[at++]);
		else
			reason = xasprintf(
				"presents the wanted certificate, but that "
				"has no issuer for a record of usage %u",
				spec->params.usage);
	}
	return reason;
}
