/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ldns/rr.h>

/*
 * Transaction signatures, RFC 8945, for a client: tsig_key_parse once, then
 * for each exchange tsig_sign on the finished message, tsig_record for what
 * is attached to it, and tsig_verify on the reply as it came, before anything
 * else looks into it. Time is an argument, seconds since 1970. Nothing here
 * does I/O, keeps state or prints a secret.
 *
 * ldns makes and writes the messages and their TSIG records, but the MAC is
 * computed with OpenSSL, here: ldns_pkt_tsig_sign reads the clock by itself,
 * knows neither SHA-224 nor SHA-384, and gives the decoded secret back to the
 * heap unwiped. ldns_pkt_tsig_verify looks at neither the time nor the key's
 * name nor the error field, and lets the reply choose the algorithm. So
 * replies are verified here as well, octet by octet, before ldns parses them.
 */

enum tsig_algorithm {
	TSIG_HMAC_MD5, TSIG_HMAC_SHA1, TSIG_HMAC_SHA224,
	TSIG_HMAC_SHA256, TSIG_HMAC_SHA384, TSIG_HMAC_SHA512,
};

/* Its name on the wire without the final dot: "hmac-sha256". */
const char *tsig_algorithm_name(enum tsig_algorithm algorithm);

struct tsig_key;	/* opaque: the secret has no way out */

/* Lower case, absolute, with a final dot; lives as long as KEY. */
const char *tsig_key_name(const struct tsig_key *key);
enum tsig_algorithm tsig_key_algorithm(const struct tsig_key *key);
void tsig_key_free(struct tsig_key *key);	/* wipes; NULL is fine */

/* What can be wrong with a key file; tsig_key_error_text says more. */
enum tsig_key_error {
	TSIG_KEY_OK,
	TSIG_KEY_NONE, TSIG_KEY_SYNTAX, TSIG_KEY_TYPOGRAPHY,
	TSIG_KEY_NOT_TEXT, TSIG_KEY_OLD_FORMAT,
	TSIG_KEY_TOO_LARGE, TSIG_KEY_TOO_MANY, TSIG_KEY_REPEATED,
	TSIG_KEY_NO_NAME, TSIG_KEY_BAD_NAME, TSIG_KEY_DUPLICATE_NAME,
	TSIG_KEY_SEVERAL, TSIG_KEY_NOT_THERE,
	TSIG_KEY_NO_ALGORITHM, TSIG_KEY_UNKNOWN_ALGORITHM,
	TSIG_KEY_TRUNCATED_ALGORITHM, TSIG_KEY_MD5, TSIG_KEY_NOT_OFFERED,
	TSIG_KEY_NO_SECRET, TSIG_KEY_BAD_BASE64, TSIG_KEY_EMPTY_SECRET,
	TSIG_KEY_SHORT_SECRET, TSIG_KEY_LONG_SECRET, TSIG_KEY_NO_MEMORY,
};

/* One clear sentence, saying also what to do; never NULL. */
const char *tsig_key_error_text(enum tsig_key_error error);

struct tsig_key_options {
	const char *name;	/* of the key; NULL: the file has only one */
	bool allow_md5;
};

#define TSIG_KEY_FILE_MAX (64 * 1024)	/* octets; more is TOO_LARGE */
#define TSIG_KEYS_PER_FILE_MAX 64

/*
 * Reads a key from TEXT, the SIZE octets of a key file: BIND's (tsig-keygen),
 * Knot's (keymgr -t), NSD's, lines of algorithm:name:secret or those of
 * pdnsutil, or the ini file of certbot-dns-rfc2136; the content tells which. A
 * byte order mark is passed over. The algorithm must be given.
 * OK: *KEY is the caller's, for tsig_key_free. Otherwise *KEY is NULL and
 * *LINE the line at fault, counted from 1, or 0 where no single line is.
 * The syntax is checked in the whole file, algorithm and secret only of the
 * chosen key. TEXT holds secrets: the caller wipes it.
 */
enum tsig_key_error tsig_key_parse(const char *text, size_t size,
				   const struct tsig_key_options *options,
				   struct tsig_key **key, unsigned *line);

#define TSIG_MAC_MAX 64		/* octets */
#define TSIG_FUDGE_SECONDS 300	/* the clocks may differ by this much */
#define TSIG_ROOM_MAX 371	/* octets that signing adds at most */

/* What verifying needs of the request; KEY stays the caller's. */
struct tsig_request {
	uint8_t mac[TSIG_MAC_MAX];
	size_t mac_size;
	uint16_t id;
	uint8_t opcode;
	uint64_t time_signed;
	const struct tsig_key *key;
};

/*
 * Signs the finished message of SIZE octets, by filling REQUEST. Nothing of
 * the message may change afterwards, its ID least of all, but for the record
 * of tsig_record behind it and the ARCOUNT that counts it.
 * False: no message, no room for TSIG_ROOM_MAX octets more in 64 KiB, or
 * ARCOUNT or NOW cannot be written (a memory failure in libcrypto counts as
 * this too).
 */
bool tsig_sign(const uint8_t *message, size_t size, const struct tsig_key *key,
	       uint64_t now, struct tsig_request *request);

/* The record to attach as the last; the caller's. NULL: no memory. */
ldns_rr *tsig_record(const struct tsig_request *request);

/* In the order in which tsig_verify looks, RFC 8945 5.4. */
enum tsig_verdict {
	TSIG_OK,
	TSIG_MALFORMED, TSIG_NOT_A_REPLY, TSIG_UNSIGNED, TSIG_NOT_LAST,
	TSIG_SEVERAL, TSIG_WRONG_CLASS_TTL, TSIG_WRONG_KEY_NAME,
	TSIG_WRONG_ALGORITHM, TSIG_WRONG_MAC_SIZE, TSIG_NO_CRYPTO,
	TSIG_WRONG_MAC, TSIG_OUT_OF_TIME, TSIG_PEER_BADSIG, TSIG_PEER_BADKEY,
	TSIG_PEER_BADTIME, TSIG_PEER_BADTRUNC, TSIG_PEER_ERROR,
};

/* Hints for a message where AUTHENTICATED is false, facts where it is true. */
struct tsig_reply {
	uint64_t time_signed;
	uint64_t server_time;	/* told with BADTIME (5.2.3), else 0 */
	uint16_t error;		/* the TSIG error field */
	bool authenticated;	/* MAC and time are right */
};

/*
 * Is MESSAGE the genuine reply to REQUEST? Only on TSIG_OK may it change
 * anything; its RCODE is for the caller to judge. REPLY is always filled.
 */
enum tsig_verdict tsig_verify(const uint8_t *message, size_t size,
			      const struct tsig_request *request, uint64_t now,
			      struct tsig_reply *reply);
const char *tsig_verdict_text(enum tsig_verdict verdict);	/* never NULL */

/* Takes the TSIG record off a verified message. False: its last is none. */
bool tsig_verified_strip(uint8_t *message, size_t *size);
