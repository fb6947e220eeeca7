/* SPDX-License-Identifier: MIT */
#include "act/update_reply.h"

#include "base/dns.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RCODE_NOERROR, RCODE_FORMERR, RCODE_SERVFAIL, RCODE_NXDOMAIN,
       RCODE_NOTIMP, RCODE_REFUSED, RCODE_YXDOMAIN, RCODE_YXRRSET,
       RCODE_NXRRSET, RCODE_NOTAUTH, RCODE_NOTZONE };

/* What a key needs at Knot; continues a sentence. */
#define KNOT_RIGHT \
	"under \"key:\", and an acl of zone %z with " \
	"\"key: %k\", \"action: update\" and, where it narrows these, " \
	"\"update-owner-name: %o\", \"update-type: TLSA\""

/*
 * What one reply means: what the server did, and why it likely did so. No
 * reply tells which software sent it, so the cause names those that send
 * this one; %z stands for the zone, %o the owner, %k the key, %p for what to do
 * about `primary`.
 */
struct meaning {
	unsigned rcode;
	enum update_verdict verdict;
	bool split;
	const char *said;
	const char *cause;	/* NULL: nothing to explain */
};

static const struct meaning signed_meanings[] = {
	{ RCODE_NOERROR, UPDATE_DONE, false, "accepted the update", NULL },
	{ RCODE_FORMERR, UPDATE_SERVER_FAILED, true,
	  "calls the update malformed (FORMERR)",
	  "a record that the server holds at this name may be malformed; see "
	  "the server's log" },
	{ RCODE_SERVFAIL, UPDATE_SERVER_FAILED, true,
	  "failed on the update (SERVFAIL)",
	  "see the server's log; likely the zone cannot be stored or signed "
	  "(BIND: directory of the zone file or its .jnl not writable, or "
	  "max-records-per-type; Knot: journal full or not writable, or "
	  "signing keys missing in its KASP database; PowerDNS: its backend "
	  "is read-only, full or away); it is tried again" },
	{ RCODE_NXDOMAIN, UPDATE_SERVER_FAILED, true,
	  "answers NXDOMAIN to a condition that was not asked for",
	  "something between here and the primary changes updates; %p "
	  "to the real primary" },
	{ RCODE_NOTIMP, UPDATE_NOT_IMPLEMENTED, false,
	  "has no dynamic update (NOTIMP)",
	  "%p of the zone to a server that takes updates, or use "
	  "api = \"exec\"" },
	{ RCODE_REFUSED, UPDATE_REFUSED, true, "refuses the update (REFUSED)",
	  "the key is right but may not do this. BIND: \"grant %k name %o "
	  "TLSA;\" in the zone's update-policy (a static zone, a secondary "
	  "and a frozen zone refuse too: rndc thaw %z); Knot: the zone is "
	  "frozen (knotc zone-thaw %z); PowerDNS: \"pdnsutil add-meta %z "
	  "TSIG-ALLOW-DNSUPDATE %k\", dnsupdate=yes, our address in "
	  "allow-dnsupdate-from, and no CNAME at the name" },
	{ RCODE_YXDOMAIN, UPDATE_SERVER_FAILED, true,
	  "answers YXDOMAIN to a condition that was not asked for",
	  "something between here and the primary changes updates; %p "
	  "to the real primary" },
	{ RCODE_YXRRSET, UPDATE_RACED, true,
	  "has records there that were not seen before (YXRRSET)",
	  "they appeared meanwhile, or the name is an alias; nothing was "
	  "changed, it is looked at again" },
	{ RCODE_NXRRSET, UPDATE_RACED, true,
	  "holds other TLSA records than were seen (NXRRSET)",
	  "they were changed meanwhile; nothing was changed now, it is "
	  "looked at again" },
	{ RCODE_NOTAUTH, UPDATE_NOT_AUTHORITATIVE, false,
	  "is not the primary of this zone (NOTAUTH)",
	  "%p of the zone to the server where it is edited (BIND: "
	  "it must be in the view that the key %k selects)" },
	{ RCODE_NOTZONE, UPDATE_NOT_AUTHORITATIVE, true,
	  "says that the name is not in the zone (NOTZONE)",
	  "the name belongs to another zone than was found; a delegation may "
	  "be new" },
};

static const struct meaning unsigned_meanings[] = {
	{ RCODE_NOERROR, UPDATE_UNAUTHENTICATED, false,
	  "accepts without a signature, which proves nothing",
	  "something between here and the primary answers in its place, or "
	  "it does not know TSIG; %p to the real primary" },
	{ RCODE_FORMERR, UPDATE_UNAUTHENTICATED, true,
	  "calls the update malformed (FORMERR, unsigned)",
	  "a record that the server holds at this name may be malformed; see "
	  "the server's log" },
	{ RCODE_NOTIMP, UPDATE_UNAUTHENTICATED, false,
	  "has no dynamic update (NOTIMP, unsigned)",
	  "NSD and the like never take updates; %p of the zone to "
	  "the server where it is edited, or use api = \"exec\"" },
	{ RCODE_REFUSED, UPDATE_UNAUTHENTICATED, false,
	  "refuses the update (REFUSED, unsigned)",
	  "PowerDNS says so for any trouble with the key: import it with the "
	  "same name, algorithm and secret (pdnsutil import-tsig-key), allow "
	  "it (pdnsutil add-meta %z TSIG-ALLOW-DNSUPDATE %k), and compare the "
	  "clocks; a secondary lacks the key: %p of the zone to "
	  "the server where it is edited" },
	{ RCODE_NOTAUTH, UPDATE_UNAUTHENTICATED, true,
	  "has not this zone, or does not allow the key here "
	  "(NOTAUTH, unsigned)",
	  "Knot: either it is not the primary of the zone, then %p "
	  "to the server where it is edited; or (from 3.4 on) it does not "
	  "know the key by this very name and algorithm or gives it no right, "
	  "then it needs both " KNOT_RIGHT },
};

static const struct meaning bad_key = {
	RCODE_NOTAUTH, UPDATE_BAD_KEY, true,
	"does not know the key, or does not allow it here (BADKEY)",
	"BIND: a key statement of this very name and algorithm, outside of "
	"views or in the one for our address, then rndc reconfig; Knot: the "
	"same " KNOT_RIGHT "; a secondary lacks the key: %p of the "
	"zone to the server where it is edited",
};

static const struct meaning bad_signature = {
	RCODE_NOTAUTH, UPDATE_BAD_SIGNATURE, false,
	"has another secret for the key (BADSIG)",
	"copy the secret of %k from the server (BIND and Knot: the key "
	"statement) into the key file of this zone again",
};

static const struct meaning unlisted = {
	0, UPDATE_SERVER_FAILED, false, NULL, "see the server's log",
};

static const struct meaning unlisted_unsigned = {
	0, UPDATE_UNAUTHENTICATED, false, NULL,
	"the reply is not signed, so whether it was applied is not known; it "
	"is looked at again; see the server's log",
};

/* "zone ZONE: ADDRESS (NAME)", allocated. */
static char *format_subject(const struct update_exchange *exchange)
{
	char text[ADDRESS_TEXT_MAX];

	address_format(exchange->server, text);
	if (!exchange->server_name || streq(exchange->server_name, text))
		return xasprintf("zone %s: %s", exchange->zone, text);
	return xasprintf("zone %s: %s (%s)", exchange->zone, text,
			 exchange->server_name);
}

/* What stands for "%" and LETTER. */
static const char *find_place(const struct update_exchange *exchange,
			      char letter)
{
	switch (letter) {
	case 'z':
		return exchange->zone;
	case 'o':
		return exchange->owner ? exchange->owner : "NAME";
	case 'k':
		return exchange->key_name;
	case 'p':
		return exchange->primaries_set ? "correct `primary`" :
						  "set `primary`";
	}
	invariant(false);
	return NULL;
}

/* CAUSE with what this exchange was about, allocated. */
static char *format_cause(const struct update_exchange *exchange,
			  const char *cause)
{
	char *done = xstrdup("");

	while (*cause) {
		size_t plain = strcspn(cause, "%");
		bool place = cause[plain] == '%';
		char *more = xasprintf("%s%.*s%s", done, (int)plain, cause,
				       place ? find_place(exchange,
							  cause[plain + 1]) :
				       "");

		free(done);
		done = more;
		cause += plain + (place ? 2 : 0);
	}
	return done;
}

/* Who lists several may think that they are tried one after the other. */
static const char *others_text(const struct update_exchange *exchange,
			       const char *cause)
{
	return exchange->primaries_set > 1 && cause ?
		"; the others of `primary` are not tried while this one "
		"answers questions" : "";
}

static char *format_detail(const struct update_exchange *exchange,
			   const char *said, const char *cause)
{
	char *subject = format_subject(exchange);
	char *why = format_cause(exchange, cause ? cause : "");
	bool one = exchange->owner != NULL;
	char *detail;

	detail = xasprintf("%s %s; update of %s with key %s (%s)%s%s%s",
			   subject, said,
			   one ? exchange->owner : "several names",
			   exchange->key_name, exchange->algorithm,
			   cause ? ": " : "", why,
			   others_text(exchange, cause));
	free(why);
	free(subject);
	return detail;
}

static void fill(const struct update_exchange *exchange,
		 const struct meaning *meaning, const char *said,
		 struct update_diagnosis *diagnosis)
{
	diagnosis->verdict = meaning->verdict;
	diagnosis->split = meaning->split;
	diagnosis->detail = format_detail(exchange, said, meaning->cause);
}

static const struct meaning *find_meaning(const struct meaning *meanings,
					  size_t n, unsigned rcode)
{
	for (size_t i = 0; i < n; i++) {
		if (meanings[i].rcode == rcode)
			return &meanings[i];
	}
	return NULL;
}

static void diagnose_rcode(const struct update_exchange *exchange,
			   unsigned rcode, bool is_signed,
			   struct update_diagnosis *diagnosis)
{
	const struct meaning *meaning;
	char said[32];

	if (is_signed)
		meaning = find_meaning(signed_meanings,
				       sizeof(signed_meanings) /
				       sizeof(signed_meanings[0]), rcode);
	else
		meaning = find_meaning(unsigned_meanings,
				       sizeof(unsigned_meanings) /
				       sizeof(unsigned_meanings[0]), rcode);
	if (meaning) {
		fill(exchange, meaning, meaning->said, diagnosis);
		return;
	}
	snprintf(said, sizeof(said), "answers with rcode %u", rcode);
	fill(exchange, is_signed ? &unlisted : &unlisted_unsigned, said,
	     diagnosis);
}

/*
 * YXRRSET came from the guard against a CNAME where the owner had TLSA
 * records: then it was the only condition that can say so.
 */
static void diagnose_existing(const struct update_exchange *exchange,
			      struct update_diagnosis *diagnosis)
{
	static const struct meaning alias = {
		RCODE_YXRRSET, UPDATE_ALIAS, true,
		"says that the name is an alias (YXRRSET)",
		"a CNAME appeared there; its target is looked for again",
	};

	if (exchange->owner && !exchange->absent)
		fill(exchange, &alias, alias.said, diagnosis);
	else
		diagnose_rcode(exchange, RCODE_YXRRSET, true, diagnosis);
}

static void diagnose_time(const struct update_exchange *exchange,
			  const struct tsig_reply *tsig,
			  struct update_diagnosis *diagnosis)
{
	/* Both are 48-bit numbers. */
	int64_t ahead_seconds = (int64_t)tsig->server_time -
				(int64_t)exchange->time_signed;
	char said[128];

	diagnosis->verdict = UPDATE_BAD_TIME;
	diagnosis->split = false;
	if (tsig->server_time == 0)
		snprintf(said, sizeof(said), "calls our clock wrong (BADTIME) "
			 "and does not tell its own");
	else
		snprintf(said, sizeof(said), "has a clock %" PRId64
			 " s %s ours (BADTIME)", ahead_seconds < 0 ?
			 -ahead_seconds : ahead_seconds,
			 ahead_seconds < 0 ? "behind" : "ahead of");
	diagnosis->detail = format_detail(
		exchange, said, "TSIG allows 300 s; let NTP set both clocks "
		"(timedatectl shows whether it does)");
}

/* What no server of good will says. */
static void diagnose_unbelievable(const struct update_exchange *exchange,
				  enum tsig_verdict verdict,
				  struct update_diagnosis *diagnosis)
{
	char *said = xasprintf("sent a reply that cannot be believed (%s)",
			       tsig_verdict_text(verdict));

	diagnosis->verdict = UPDATE_UNAUTHENTICATED;
	diagnosis->split = false;
	diagnosis->detail = format_detail(
		exchange, said, "whether it was applied is not known; it is "
		"looked at again; a proxy or forwarder may stand before the "
		"primary: %p to the primary itself");
	free(said);
}

void update_diagnose_reply(const struct update_exchange *exchange,
			   const uint8_t *reply, size_t size,
			   enum tsig_verdict verdict,
			   const struct tsig_reply *tsig,
			   struct update_diagnosis *diagnosis)
{
	unsigned rcode = size >= DNS_HEADER_SIZE ? reply[3] & 0x0f :
						   RCODE_FORMERR;

	switch (verdict) {
	case TSIG_OK:
		if (rcode == RCODE_YXRRSET)
			diagnose_existing(exchange, diagnosis);
		else
			diagnose_rcode(exchange, rcode, true, diagnosis);
		return;
	case TSIG_UNSIGNED:
		diagnose_rcode(exchange, rcode, false, diagnosis);
		return;
	case TSIG_PEER_BADKEY:
		fill(exchange, &bad_key, bad_key.said, diagnosis);
		return;
	case TSIG_PEER_BADSIG:
		fill(exchange, &bad_signature, bad_signature.said, diagnosis);
		return;
	case TSIG_PEER_BADTIME:
		diagnose_time(exchange, tsig, diagnosis);
		return;
	case TSIG_MALFORMED:
	case TSIG_NOT_A_REPLY:
	case TSIG_NOT_LAST:
	case TSIG_SEVERAL:
	case TSIG_WRONG_CLASS_TTL:
	case TSIG_WRONG_KEY_NAME:
	case TSIG_WRONG_ALGORITHM:
	case TSIG_WRONG_MAC_SIZE:
	case TSIG_NO_CRYPTO:
	case TSIG_WRONG_MAC:
	case TSIG_OUT_OF_TIME:
	case TSIG_PEER_BADTRUNC:
	case TSIG_PEER_ERROR:
		break;
	}
	diagnose_unbelievable(exchange, verdict, diagnosis);
}

/* Only a refused connection proves that nothing was received. */
static enum update_verdict outcome_verdict(enum outcome outcome, int error)
{
	switch (outcome) {
	case OUTCOME_CLOSED:
		return error == 0 || error == ECONNREFUSED ?
			UPDATE_UNREACHABLE : UPDATE_UNANSWERED;
	case OUTCOME_UNREACHABLE:
		return UPDATE_UNREACHABLE;
	case OUTCOME_TOO_LARGE:
		return UPDATE_UNAUTHENTICATED;
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
	case OUTCOME_NO_TIME:
	case OUTCOME_GARBLED:
	case OUTCOME_FAILED:
		break;
	}
	return UPDATE_UNANSWERED;
}

static const char *outcome_said(enum outcome outcome, int error)
{
	switch (outcome) {
	case OUTCOME_CLOSED:
		return error == 0 || error == ECONNREFUSED ?
			"refuses connections to its TCP port" :
			"broke off the connection";
	case OUTCOME_UNREACHABLE:
		return "cannot be reached";
	case OUTCOME_TOO_LARGE:
		return "sent a reply too large to be one";
	case OUTCOME_GARBLED:
		return error == ECONNRESET ? "broke off the connection" :
			"sent no DNS message";
	case OUTCOME_FAILED:
		return "was not asked to the end for want of resources here";
	case OUTCOME_NO_TIME:
		return "did not answer before this command's time was over";
	case OUTCOME_ANSWERED:
	case OUTCOME_SILENT:
		break;
	}
	return "is silent";
}

static const char *outcome_cause(enum outcome outcome,
				 enum update_verdict verdict)
{
	if (verdict == UPDATE_UNREACHABLE)
		return "nothing was changed; see that the server runs, that "
			"firewalls let TCP to it pass, and that `primary` is "
			"right";
	if (outcome == OUTCOME_SILENT || outcome == OUTCOME_NO_TIME)
		return "the update may have been applied all the same; it is "
			"looked at again; Knot from 3.4 on keeps updates of a "
			"frozen zone until it is thawed (knotc zone-thaw %z)";
	return "the update may have been applied all the same; it is looked "
		"at again";
}

void update_diagnose_outcome(const struct update_exchange *exchange,
			     enum outcome outcome, int error,
			     struct update_diagnosis *diagnosis)
{
	struct update_exchange last = *exchange;
	char *said;

	diagnosis->verdict = outcome_verdict(outcome, error);
	/* Then all were tried. */
	if (diagnosis->verdict == UPDATE_UNREACHABLE)
		last.primaries_set = 1;
	diagnosis->split = false;
	said = xasprintf("%s%s%s%s", outcome_said(outcome, error),
			 error ? " (" : "", error ? strerror(error) : "",
			 error ? ")" : "");
	diagnosis->detail = format_detail(
		&last, said, outcome_cause(outcome, diagnosis->verdict));
	free(said);
}
