/* SPDX-License-Identifier: MIT */
#include "act/exec.h"

#include "act/output.h"
#include "base/bounds.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "world/trust.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SOFT_STATUS 128

struct environment {
	char **items;		/* NULL-terminated */
	size_t count;
};

static void set(struct environment *environment, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void set(struct environment *environment, const char *format, ...)
{
	char **item = array_push(environment->items, environment->count);
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(item, format, arguments) < 0)
		*item = NULL;
	va_end(arguments);
	invariant(*item);
}

static void environment_clear(struct environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->items[i]);
	free(environment->items);
}

static void set_domain(struct environment *environment, const char *variable,
		       const char *name)
{
	char *domain = name_undotted(name);

	set(environment, "%s=%s", variable, domain);
	free(domain);
}

static void set_hash(struct environment *environment,
		     const struct tlsa *record)
{
	char *hex = xmalloc(2 * record->size + 1);

	hex_format(record->data, record->size, hex);
	set(environment, "TLSA_HASH=%s", hex);
	free(hex);
}

static void set_record(struct environment *environment,
		       const struct exec_request *request)
{
	const struct tlsa_params *params = &request->record->params;
	const struct config_spec *spec = request->spec;
	char port[CONFIG_PORT_SIZE];

	set(environment, "TLSA_USAGE=%u", params->usage);
	set(environment, "TLSA_SELECTOR=%u", params->selector);
	set(environment, "TLSA_MATCHING=%u", params->matching);
	set(environment, "TLSA_PARAM=%u%u%u", params->usage, params->selector,
	    params->matching);
	set(environment, "TLSA_PORT=%s", config_port_format(spec, port));
	set(environment, "TLSA_PROTOCOL=%s", spec->protocol);
	set_domain(environment, "TLSA_DOMAIN", spec->host);
	set_hash(environment, request->record);
}

static void environment_fill(struct environment *environment,
			     const struct exec_request *request)
{
	bool deletes = request->operation == EXEC_DELETE;

	set(environment, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
	    "/usr/bin:/sbin:/bin");
	set(environment, "IFS= \t\n");
	set(environment, "TLSA_OPERATION=%s", deletes ? "delete" : "publish");
	set_record(environment, request);
	if (deletes && request->live_hash)
		set(environment, "TLSA_LIVE_HASH=%s", request->live_hash);
	set_domain(environment, "ZONE_DOMAIN", request->zone);
	set(environment, "RENEWED_DOMAINS=%s", request->renewed_domains);
	set(environment, "LETSENCRYPT_DIR=%s",
	    request->letsencrypt_directory);
	*array_push(environment->items, environment->count) = NULL;
}

static enum exec_verdict judge(const struct program *program,
			       enum exec_operation operation)
{
	if (program->error)
		return EXEC_NOT_STARTED;
	if (program->timed_out)
		return EXEC_TIMEOUT;
	if (program->signal)
		return EXEC_ERROR;
	if (program->status == 0)
		return EXEC_DONE;
	if (program->status == 1)
		return operation == EXEC_PUBLISH ? EXEC_ALREADY : EXEC_NOT_YET;
	return program->status >= SOFT_STATUS ? EXEC_SOFT_ERROR : EXEC_ERROR;
}

static const char *start_hint(const struct program *program)
{
	switch (program->error) {
	case ENOENT:
		return ": is its path right, and that of its interpreter?";
	case EACCES:
		return ": make it executable (chmod +x), and the way to it "
		       "open, for the user that runs it";
	case ENOEXEC:
		return ": a script begins with #! and its interpreter";
	case EINVAL:
		return program->user ? ": there is no such user" : "";
	case EPERM:
		return program->user ? ": only root can run it as another "
				       "user" : "";
	default:
		return "";
	}
}

char *exec_explain_start(const struct program *program)
{
	return xasprintf("cannot be started%s%s: %s%s",
			 program->user ? " as " : "",
			 program->user ? program->user : "",
			 strerror(program->error), start_hint(program));
}

/* What happened, in words; allocated. */
static char *explain_verdict(const struct exec_request *request,
			     const struct program *program)
{
	switch (request->verdict) {
	case EXEC_DONE:
		return xstrdup("done");
	case EXEC_ALREADY:
		return xstrdup("the record is already published");
	case EXEC_NOT_YET:
		return xstrdup("not deleted, the new record is not up yet");
	case EXEC_ERROR:
		if (program->signal)
			return xasprintf("ended by signal %d",
					 program->signal);
		return xasprintf("exit status %d", program->status);
	case EXEC_SOFT_ERROR:
		return xasprintf("exit status %d, tried again later",
				 program->status);
	case EXEC_TIMEOUT:
		return xasprintf("not done after %u s, killed",
				 request->timeout_ms / 1000);
	case EXEC_NOT_STARTED:
		return exec_explain_start(program);
	}
	return NULL;
}

/* WHAT and the last words are freed. */
static char *explain(const struct exec_request *request, char *what,
		     char *last_words)
{
	const struct config_spec *spec = request->spec;
	const struct tlsa_params *params = &request->record->params;
	char *text;

	text = xasprintf("%s, to %s %u%u%u at %s: %s%s",
			 request->target->exec_arguments[0],
			 request->operation == EXEC_DELETE ? "delete" :
			 "publish", params->usage, params->selector,
			 params->matching, spec->owner, what, last_words);
	free(what);
	free(last_words);
	return text;
}

/* ---- Whose it is ------------------------------------------------------ */

static bool is_us(const char *user)
{
	return !user || streq(user, "root") || streq(user, "0");
}

char *exec_fault(struct world *world, const char *path, const char *user)
{
	char *part = is_us(user) ? trust_walk(world, path) : NULL;
	char *fault = part ? xasprintf("not started: others than root can "
		"change %s; chown root and chmod go-w it", part) : NULL;

	free(part);
	return fault;
}

/* ---- The whole -------------------------------------------------------- */

static void start(struct world *world, struct exec_request *request)
{
	const struct config_target *target = request->target;
	struct environment environment = { 0 };
	struct program program = {
		.arguments = (const char *const *)target->exec_arguments,
		.timeout_ms = request->timeout_ms,
		.user = target->exec_user,
	};

	environment_fill(&environment, request);
	for (size_t i = 0; environment.items[i]; i++)
		log_debug("%s: program gets %s", target->name,
			  environment.items[i]);
	program.environment = (const char *const *)environment.items;
	world->execute(world, &program);
	request->verdict = judge(&program, request->operation);
	request->detail = explain(request, explain_verdict(request, &program),
				  output_last_line(program.output));
	output_log(target->name, program.output);
	free(program.output);
	environment_clear(&environment);
}

void exec_run(struct world *world, struct exec_request *request)
{
	char *fault = exec_fault(world, request->target->exec_arguments[0],
				 request->target->exec_user);

	if (!fault) {
		start(world, request);
		return;
	}
	request->verdict = EXEC_NOT_STARTED;
	request->detail = explain(request, fault, xstrdup(""));
}
