/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Every bound on what comes from outside, in one place. Beyond a bound the
 * input is refused with a message, never cut.
 */

/* Files, octets. */
#define CONFIG_SIZE_MAX		(1024 * 1024)	/* with all it includes */
#define CONFIG_FILES_MAX	1024	/* that are included, */
#define CONFIG_DEPTH_MAX	8	/* one by the other */
#define KEY_FILE_SIZE_MAX	(64 * 1024)
#define PEM_SIZE_MAX		(256 * 1024)
#define COMBINED_SIZE_MAX	(2 * PEM_SIZE_MAX + 1)
#define STATE_SIZE_MAX		(4 * 1024 * 1024) /* to write, too */
#define SETTLED_SIZE_MAX	(64 * 1024 * 1024)
#define JOURNAL_SIZE_MAX	(256 * 1024)	/* of one target, twice */
#define RENEWAL_SIZE_MAX	(64 * 1024)	/* renewal/NAME.conf */

/* Certificates in one chain; versions looked at in one archive. */
#define CHAIN_LENGTH_MAX	16
#define ARCHIVE_VERSIONS_MAX	4096
/* Chains that a pass keeps, and texts that one is read from. */
#define SHELF_CHAINS_MAX	256
#define SHELF_TEXTS_MAX		4

/* Names. */
#define LINEAGE_NAME_MAX	200
#define DIRECTORY_ENTRIES_MAX	100000

/* DNS. Replies above these sizes are refused, octets. */
#define REPLY_UDP_SIZE_MAX	4096
#define REPLY_TCP_SIZE_MAX	65535	/* all that DNS can say */
#define EDNS_SIZE		1232
#define RECORDS_PER_REPLY_MAX	512
#define TLSA_PER_SET_MAX	64
/* Three such records fit in a message: to delete one of two names both, and it
 * again. */
#define TLSA_DATA_MAX		16384
/* More records than this in a set make some validators fail: a warning. */
#define TLSA_PER_SET_GOOD	12
#define SERVERS_PER_ZONE_MAX	64
#define ADDRESSES_PER_NAME_MAX	16
#define ADDRESSES_PER_ZONE_MAX	128
#define PARENT_ADDRESSES_MAX	4
#define PRIMARIES_MAX		16	/* addresses that updates may go to */
#define ZONE_HOSTS_MAX		(ADDRESSES_PER_ZONE_MAX * PARENT_ADDRESSES_MAX)

/* Versions of an answer that a ledger tells apart; more are "unknown", which
 * matches nothing. */
#define LEDGER_VERSIONS_MAX	64
/* Addresses of one ledger: those of the zone, and as many that left it. More
 * that left are taken together, and count as whatever any of them may do. */
#define LEDGER_ADDRESSES_MAX	(2 * ADDRESSES_PER_ZONE_MAX)
/* What the sets in one ledger take together, octets; another one then counts
 * as one too many. */
#define LEDGER_SETS_SIZE_MAX	(128 * 1024)
/* Replies that one survey keeps until it has read them, octets: each server
 * gets the same part of what is left. Questions that are asked at once, so
 * that what comes back is bounded too. */
#define SURVEY_SIZE_MAX		(16 * 1024 * 1024)
/* Replies of resolvers, and of parents, that are kept until all are there,
 * octets: each gets the same part of what is left, and never less than
 * REPLY_UDP_SIZE_MAX. */
#define RESOLVING_SIZE_MAX	(16 * 1024 * 1024)
#define QUESTIONS_AT_ONCE_MAX	512
#define RESOLVERS_MAX		3	/* of /etc/resolv.conf */
#define OUTSIDE_MAX		8	/* of `outside` */
#define RESOLV_CONF_SIZE_MAX	(64 * 1024)
#define ALIASES_MAX		8	/* CNAMEs in a row */
/* Names that one name leads to, or led to as far as caches may remember it;
 * more are not asked about. */
#define ALIASES_REMEMBERED_MAX	16
#define KEYS_PER_ZONE_MAX	64
#define VERIFICATIONS_MAX	16	/* of signatures, for one RRset */

/* The network, milliseconds. */
#define UDP_TIMEOUT_MS		5000
#define UDP_TRIES		4
#define TCP_TIMEOUT_MS		5000
#define UPDATE_TIMEOUT_MS	30000
#define HANDSHAKE_TIMEOUT_MS	10000	/* and where it begins in the clear: */
#define STARTTLS_TIMEOUT_MS	30000	/* some services greet late */
#define QUESTIONS_PER_ADDRESS_IN_FLIGHT 32
#define SOCKETS_MAX		256
#define IDLE_CONNECTIONS_MAX	64 /* more, kept for the next question */

/* Errands: octets of what one is given, asks for at once or brings back, and of
 * its memory; seconds of a processor and of the clock; milliseconds that one
 * may think, in all, and of what time there is the part; how often it may want
 * something; how many are at work at once, and questions of all of them. */
#define ERRAND_SIZE_MAX		(64 * 1024 * 1024)
#define ERRAND_MEMORY_MAX	(1024 * 1024 * 1024)
#define ERRAND_CPU_SECONDS_MAX	60
#define ERRAND_SECONDS_MAX	600
#define ERRAND_THINKS_MS_MAX	60000
#define ERRAND_THINKS_PART	8
#define ERRAND_WANTS_MAX	4096
#define ERRANDS_AT_ONCE_MAX	64
#define ERRANDS_ASK_AT_ONCE_MAX	4096

/* Services, octets: all that is read of one handshake, and the certificates
 * of it (as PEM they take a third more); all before TLS begins, and one line
 * (or element, or message) of that. */
#define HANDSHAKE_SIZE_MAX	(2 * PEM_SIZE_MAX)
#define CERTIFICATES_SIZE_MAX	(PEM_SIZE_MAX / 2)
#define STARTTLS_SIZE_MAX	16384
#define STARTTLS_LINE_MAX	4096

/*
 * Commands, milliseconds: how long each waits for the lock, and how long it
 * has it: for what it looks at and does, and with what is told after that.
 * Certbot goes on and renews when its pre hook fails, so that one has the
 * longest patience, longer by far than anybody may have the lock. Deploy and
 * post hold certbot up for a minute at most.
 */
#define PRE_WAIT_MS		600000
#define INIT_WAIT_MS		20000
#define HOOK_WAIT_MS		15000
#define RUN_WORK_MS		210000
#define RUN_TIME_MS		240000
#define HOOK_WORK_MS		35000
#define HOOK_TIME_MS		45000
/* With less left than this nothing begins that asks, and no program. */
#define STAGE_MS_MIN		1000
#define PROGRAM_MS_MIN		10000

/* Programs. What takes longer than PROGRAM_SLOW_MS has its turn last. */
#define PROGRAM_SLOW_MS		10000
#define PROGRAM_OUTPUT_MAX	(64 * 1024)
#define RELOAD_TIMEOUT_MS	60000
#define EXEC_TIMEOUT_MS		120000
#define UNITS_TIMEOUT_MS	5000
#define OUTPUT_LINES_MAX	100	/* of them in the log */
#define OUTPUT_LINE_MAX		200	/* octets of each, blanks aside */
#define RENEWED_DOMAINS_MAX	(32 * 1024)

/* One notice: so many targets are named, with so many octets of the reason of
 * each, which fits into a variable of the environment (128 KiB) and, line by
 * line, into a mail. */
#define NOTICE_TARGETS_MAX	50
#define NOTICE_LINE_MAX		900
#define NOTIFY_TIMEOUT_MS	30000	/* of all in one run */
#define NOTES_SIZE_MAX		(8 * 1024 * 1024)

/* Of a service's configuration, octets; of a larger file nothing is read. */
#define SERVICE_CONFIG_SIZE_MAX	(1024 * 1024)

/* What a run leaves for those who are not root, octets. */
#define SUMMARY_SIZE_MAX	(64 * 1024 * 1024)

/* Services at which no certificate of ours was seen, in one state; octets of
 * what is kept of each. */
#define STRANGERS_MAX		64
#define STRANGER_TEXT_MAX	1500

/* What a state keeps of an alarm, octets; the rest is cut. */
#define ALARM_TEXT_MAX		4000

/* Largest TTL that counts, seconds: RFC 2181 section 8. */
#define TTL_MAX			2147483647U
/* How often a primary is asked for another TTL that it does not take up. */
#define RETIMES_MAX		3
/*
 * Largest TTL that counts where no signature limits it (dnssec = "off"),
 * seconds. Resolvers shorten what they are told: BIND to a week, older Knot
 * Resolvers to six days, Unbound, PowerDNS Recursor and newer Knot Resolvers
 * to a day. The longest of these is safe for all.
 */
#define TTL_UNPROVEN_MAX	604800U
/*
 * Largest TTL that counts where DNSSEC is required and a parent alone gives
 * it, seconds: a delegation is not signed. The root and the largest registries
 * give two days, others less. The DS beside it is signed and should have the
 * same TTL (RFC 4034 section 5): where that is longer, it counts instead.
 */
#define TTL_DELEGATION_MAX	172800U
/* NSEC and NSEC3 records in one answer: a proof takes three of them. */
#define DENIALS_MAX		8
/* What resolvers take for secure: with more iterations BIND, Unbound and Knot
 * Resolver take a zone for unsigned (RFC 9276 section 3.2). */
#define NSEC3_ITERATIONS_MAX	150
