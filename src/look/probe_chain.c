/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "cert/dane.h"

#include <stdlib.h>

/* A name of a record, or of XMPP the domain: clients take either (RFC 7673
 * section 4.1). */
static enum dane_verdict verify(const struct chain *chain,
				const struct tlsa *record,
				const struct service *service,
				const char *host, int64_t now_seconds,
				char **detail)
{
	const char *domain = service->probe ? service->probe->domain : NULL;
	enum dane_verdict verdict = dane_verify(chain, record, host,
						now_seconds, detail);

	if (verdict != DANE_WRONG_NAME || !domain ||
	    dane_verify(chain, record, domain, now_seconds, NULL) !=
	    DANE_ACCEPTED)
		return verdict;
	free(*detail);
	*detail = NULL;
	return DANE_ACCEPTED;
}

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

/* The record of SPEC for what is wanted, held against what is presented. */
static char *judge_record(const struct probe_request *request,
			  const struct service *service,
			  const struct config_spec *spec,
			  const struct chain *chain, int64_t now_seconds)
{
	const struct chain *wanted = request->wanted;
	enum dane_verdict verdict;
	struct tlsa record;
	char *detail, *text;

	if (!tlsa_from_chain(wanted, spec->params, &record))
		return xasprintf("presents the wanted certificate, but that "
				 "has no issuer for a record of usage %u",
				 spec->params.usage);
	verdict = verify(chain, &record, service, spec->host, now_seconds,
			 &detail);
	tlsa_clear(&record);
	if (verdict == DANE_ACCEPTED)
		return NULL;
	if (verdict == DANE_NOT_FOUND && wanted->count > 1)
		text = xasprintf("presents the wanted certificate without its "
				 "issuer %s; %s",
				 wanted->certificates[1].subject,
				 remedy(verdict));
	else
		text = xasprintf("presents the wanted certificate, which %s: "
				 "clients of usage %u refuse it; %s", detail,
				 spec->params.usage, remedy(verdict));
	free(detail);
	return text;
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

char *probe_judge_chain(const struct probe_request *request,
			const struct service *service,
			const struct chain *chain, int64_t now_seconds)
{
	const struct config_target *target = request->target;
	char *reason = NULL;

	if (!fingerprint_equal(&chain->leaf, &request->wanted->leaf))
		return explain_leaf(chain, request->wanted);
	for (size_t i = 0; i < target->spec_count && !reason; i++)
		if (probe_concerns(target, service, &target->specs[i]))
			reason = judge_record(request, service,
					      &target->specs[i], chain,
					      now_seconds);
	return reason;
}
