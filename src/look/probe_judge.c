/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/name.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* ---- No handshake ------------------------------------------------------ */

bool probe_may_lack_family(const struct showing *showing)
{
	return showing->handshake.outcome == OUTCOME_GARBLED &&
	       showing->handshake.words == STARTTLS_READY;
}

/* With all families it was no better. */
static const char *garbled_text(const struct endpoint *endpoint)
{
	return endpoint->any &&
	       endpoint->any->handshake.outcome == OUTCOME_ANSWERED ?
	       "completes no TLS handshake with a key of this type" :
	       "completes no TLS handshake";
}

static const char *outcome_text(const struct endpoint *endpoint,
				enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_CLOSED:
		return "refuses connections";
	case OUTCOME_UNREACHABLE:
		return "cannot be reached from here";
	case OUTCOME_GARBLED:
		return garbled_text(endpoint);
	case OUTCOME_FAILED:
		return "could not be asked for want of resources here";
	case OUTCOME_NO_TIME:
		return "is not looked at: this command's time was over first";
	case OUTCOME_TOO_LARGE:
		return "sends too much";
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
		break;
	}
	return "does not answer";
}

static const char *outcome_advice(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_GARBLED:
		return "; let it speak TLS 1.2 or later; its log may say why "
		       "it does not";
	case OUTCOME_TOO_LARGE:
		return "; see what listens there, or take that port out of "
		       "`tlsa`";
	case OUTCOME_CLOSED:
	case OUTCOME_UNREACHABLE:
	case OUTCOME_FAILED:
	case OUTCOME_NO_TIME:
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
		break;
	}
	return "";
}

static char *explain_outcome(const struct endpoint *endpoint,
			     const struct handshake *handshake)
{
	const char *what = outcome_text(endpoint, handshake->outcome);
	const char *advice = outcome_advice(handshake->outcome);

	if (handshake->error)
		return xasprintf("%s (%s)%s", what,
				 strerror(handshake->error), advice);
	return xasprintf("%s%s", what, advice);
}

/* What to write where it speaks APPLICATION, and MORE behind it. */
static char *advice(const struct endpoint *endpoint,
		    enum application application, const char *more)
{
	const struct service *service = endpoint->service;
	struct address bare = endpoint->address;
	char text[ADDRESS_TEXT_MAX], *host, *advice;

	bare.port = 0;
	host = service->host ? name_undotted(service->host) :
	       xasprintf(bare.family == 6 ? "[%s]" : "%s",
			 address_format(&bare, text));
	advice = xasprintf("write \"%s:%s:%u%s\" in `probe`",
			   application_word(application), host, service->port,
			   more);
	free(host);
	return advice;
}

static char *explain_wrong(const struct endpoint *endpoint,
			   const struct handshake *handshake)
{
	char *what = handshake->is_guess ?
		     advice(endpoint, handshake->guess, "") :
		     xstrdup("write in `probe` what it speaks");
	char *text = xasprintf("does not speak %s, it says \"%s\"; %s",
			       application_word(handshake->application),
			       handshake->seen, what);

	free(what);
	return text;
}

/* It does not come to TLS. If it has not said a word where it should speak
 * first, perhaps it waits for that. */
static char *explain_wait(const struct endpoint *endpoint,
			  const struct handshake *handshake)
{
	bool silent = handshake->outcome == OUTCOME_SILENT;
	char *what, *text;

	if (handshake->application == APPLICATION_TLS ||
	    (!silent && handshake->outcome != OUTCOME_GARBLED))
		return explain_outcome(endpoint, handshake);
	if (handshake->seen[0])
		return xasprintf("%s, it says \"%s\"; its log may say why",
				 silent ? "does not come to TLS in time" :
				 "hangs up before TLS", handshake->seen);
	what = advice(endpoint, APPLICATION_TLS, "");
	text = xasprintf("%s as %s does; if TLS begins at once there, %s",
			 silent ? "does not answer" :
			 "hangs up and does not speak",
			 application_word(handshake->application), what);
	free(what);
	return text;
}

static bool is_xmpp(enum application application)
{
	return application == APPLICATION_XMPP_CLIENT ||
	       application == APPLICATION_XMPP_SERVER;
}

static char *explain_refusal(const struct endpoint *endpoint,
			     const struct handshake *handshake)
{
	const char *name = handshake->server_name;
	char *what, *text;

	if (!is_xmpp(handshake->application) ||
	    !strstr(handshake->seen, "<host-unknown"))
		return xasprintf("begins no TLS, it says \"%s\"; let it "
				 "offer TLS, or take that port out of `tlsa`",
				 handshake->seen);
	what = advice(endpoint, handshake->application, " DOMAIN");
	text = xasprintf("does not serve %s; %s, with a domain that it serves",
			 name ? name : "a stream without a domain", what);
	free(what);
	return text;
}

static char *explain_failure(const struct endpoint *endpoint,
			     const struct handshake *handshake)
{
	switch (handshake->words) {
	case STARTTLS_WAIT:
		return explain_wait(endpoint, handshake);
	case STARTTLS_READY:
	case STARTTLS_TOO_MUCH:
		break;
	case STARTTLS_REFUSED:
		return explain_refusal(endpoint, handshake);
	case STARTTLS_WRONG:
		return explain_wrong(endpoint, handshake);
	case STARTTLS_INJECTED:
		return xstrdup("sends words in the clear behind its go-ahead "
			       "for TLS, as an attacker would");
	}
	return explain_outcome(endpoint, handshake);
}

/* ---- All of it --------------------------------------------------------- */

static char *judge_presented(const struct probing *probing,
			     const struct endpoint *endpoint,
			     const struct showing *showing)
{
	if (!showing->chain)
		return xasprintf("presents a chain that cannot be used: %s",
				 chain_error_text(showing->error));
	return probe_judge_chain(&probing->requests[endpoint->request],
				 endpoint->service, showing);
}

/* What speaks against this handshake, allocated; NULL: nothing. */
static char *judge_showing(const struct probing *probing,
			 const struct endpoint *endpoint,
			 const struct showing *showing)
{
	char *reason = NULL;

	if (showing->handshake.outcome == OUTCOME_ANSWERED)
		return judge_presented(probing, endpoint, showing);
	if (probe_may_lack_family(showing) && endpoint->any &&
	    endpoint->any->handshake.outcome == OUTCOME_ANSWERED)
		reason = judge_presented(probing, endpoint, endpoint->any);
	return reason ? reason : explain_failure(endpoint, &showing->handshake);
}

bool probe_round_is_bad(const struct probing *probing,
			const struct endpoint *endpoint,
			const struct showing *round)
{
	char *reason = judge_showing(probing, endpoint, round);

	free(reason);
	return reason != NULL;
}

char *probe_where(const struct endpoint *endpoint)
{
	struct address bare = endpoint->address;
	char text[ADDRESS_TEXT_MAX];
	const char *host = endpoint->service->host;

	bare.port = 0;
	address_format(&bare, text);
	return xasprintf("%s%s[%s]:%u", host ? host : "", host ? " " : "",
			 text, endpoint->address.port);
}

char *probe_judge(const struct probing *probing,
		  const struct endpoint *endpoint)
{
	char *reason = NULL, *name, *text;

	for (int i = 0; i < PROBE_ROUNDS && !reason; i++)
		reason = judge_showing(probing, endpoint, &endpoint->rounds[i]);
	if (!reason)
		return NULL;
	name = probe_where(endpoint);
	text = xasprintf("%s %s", name, reason);
	free(name);
	free(reason);
	return text;
}
