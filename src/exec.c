/* SPDX-License-Identifier: MIT */
#include "exec.h"

#include "hex.h"
#include "log.h"
#include "output.h"
#include "xalloc.h"

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
	size_t size = strlen(name);

	if (size > 1 && name[size - 1] == '.')
		size--;
	set(environment, "%s=%.*s", variable, (int)size, name);
}

static void set_hash(struct environment *environment,
		     const struct tlsa *record)
{
	char *hex = xmalloc(2 * record->size + 1);

	hex_format(record->data, record->size, hex);
	set(environment, "TLSA_HASH=%s", hex);
	free(hex);
}

/* It came through the environment of who called us: anything may be in it. */
static const char *clean_domains(const struct exec_request *request)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_*: ";
	const char *domains = request->renewed_domains;

	if (!domains)
		return "";
	if (strnlen(domains, EXEC_RENEWED_DOMAINS_MAX + 1) <=
	    EXEC_RENEWED_DOMAINS_MAX &&
	    domains[strspn(domains, allowed)] == '\0')
		return domains;
	log_warning("%s: RENEWED_DOMAINS is too long or holds octets that no "
		    "domain has; it is not passed on", request->target->name);
	return "";
}

static void set_record(struct environment *environment,
		       const struct exec_request *request)
{
	const struct tlsa_params *params = &request->record->params;
	const struct config_spec *spec = request->spec;

	set(environment, "TLSA_USAGE=%u", params->usage);
	set(environment, "TLSA_SELECTOR=%u", params->selector);
	set(environment, "TLSA_MATCHING=%u", params->matching);
	set(environment, "TLSA_PARAM=%u%u%u", params->usage, params->selector,
	    params->matching);
	set(environment, "TLSA_PORT=%u", spec->port);
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
	set(environment, "RENEWED_DOMAINS=%s", clean_domains(request));
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
	if (program->status == 0)
		return EXEC_DONE;
	if (program->status == 1)
		return operation == EXEC_PUBLISH ? EXEC_ALREADY : EXEC_NOT_YET;
	return program->status >= SOFT_STATUS ? EXEC_SOFT_ERROR : EXEC_ERROR;
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
		return xasprintf("exit status %d", program->status);
	case EXEC_SOFT_ERROR:
		return xasprintf("exit status %d, tried again later",
				 program->status);
	case EXEC_TIMEOUT:
		return xasprintf("not done after %d s, killed",
				 EXEC_TIMEOUT_MS / 1000);
	case EXEC_NOT_STARTED:
		return xasprintf("cannot be started%s%s: %s",
				 program->user ? " as " : "",
				 program->user ? program->user : "",
				 strerror(program->error));
	}
	return NULL;
}

static char *explain(const struct exec_request *request,
		     const struct program *program)
{
	const struct config_spec *spec = request->spec;
	char *what = explain_verdict(request, program);
	char *line = output_last_line(program->output);
	char *text;

	text = xasprintf("%s, to %s %u%u%u at _%u._%s.%s: %s%s",
			 program->arguments[0],
			 request->operation == EXEC_DELETE ? "delete" :
			 "publish", request->record->params.usage,
			 request->record->params.selector,
			 request->record->params.matching, spec->port,
			 spec->protocol, spec->host, what, line);
	free(what);
	free(line);
	return text;
}

void exec_run(struct world *world, struct exec_request *request)
{
	const struct config_target *target = request->target;
	struct environment environment = { 0 };
	struct program program = {
		.arguments = (const char *const *)target->exec_arguments,
		.timeout_ms = EXEC_TIMEOUT_MS,
		.user = target->exec_user,
	};

	environment_fill(&environment, request);
	program.environment = (const char *const *)environment.items;
	world->run(world, &program);
	request->verdict = judge(&program, request->operation);
	request->detail = explain(request, &program);
	output_log(target->name, program.output);
	free(program.output);
	environment_clear(&environment);
}
