/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/name.h"
#include "base/xalloc.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>

/*
 * Every state is read back just as it was written, and the same few octets are
 * digested a million times. The linker sends these calls here (--wrap); a state
 * goes to the real function only when its text is not one that was written
 * lately. sim_memo_chain.c does that for certificates.
 */
int __real_EVP_Digest(const void *data, size_t size, unsigned char *digest,
		      unsigned *digest_size, const EVP_MD *type, ENGINE *);
int __wrap_EVP_Digest(const void *data, size_t size, unsigned char *digest,
		      unsigned *digest_size, const EVP_MD *type, ENGINE *);
char *__wrap_json_dumps(json_t *json, size_t flags);
char *__real_name_parse(const char *text);
char *__wrap_name_parse(const char *text);
json_t *__real_json_loadb(const char *text, size_t size, size_t flags,
			  json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags,
			  json_error_t *error);

/* ---- Digests ----------------------------------------------------------- */

#define SLOTS 65536

static struct {
	uint64_t hash;
	unsigned size;
	unsigned char digest[EVP_MAX_MD_SIZE];
} digests[SLOTS];

int __wrap_EVP_Digest(const void *data, size_t size, unsigned char *digest,
		      unsigned *digest_size, const EVP_MD *type,
		      ENGINE *engine)
{
	uint64_t hash = text_hash(data, size) ^ (uint64_t)EVP_MD_nid(type);
	size_t i = hash % SLOTS;

	while (digests[i].hash && digests[i].hash != hash)
		i = (i + 1) % SLOTS;
	if (!digests[i].hash) {
		if (__real_EVP_Digest(data, size, digests[i].digest,
				      &digests[i].size, type, engine) != 1)
			return 0;
		digests[i].hash = hash;
	}
	memcpy(digest, digests[i].digest, digests[i].size);
	if (digest_size)
		*digest_size = digests[i].size;
	return 1;
}

/* ---- Names ------------------------------------------------------------- */

#define NAME_SLOTS 4096

static struct {
	char *text, *name;
} names[NAME_SLOTS];

/* The latest at each slot: names are few, but no limit is set to them. */
char *__wrap_name_parse(const char *text)
{
	size_t i = text_hash(text, strlen(text)) % NAME_SLOTS;

	if (!names[i].text || !streq(names[i].text, text)) {
		free(names[i].text);
		free(names[i].name);
		names[i].text = xstrdup(text);
		names[i].name = __real_name_parse(text);
	}
	return names[i].name ? xstrdup(names[i].name) : NULL;
}

/* ---- States ----------------------------------------------------------- */

#define WRITTEN_KEPT 8

static struct {
	uint64_t hash;
	size_t size;
	json_t *json;
} written[WRITTEN_KEPT];
static size_t written_next;

/* What a state has, without blanks: the whole of JSON is not needed. */
struct text {
	char *data;
	size_t size, room;
};

static void put(struct text *text, const char *data, size_t size)
{
	while (text->size + size + 1 > text->room) {
		text->room = text->room ? 2 * text->room : 4096;
		text->data = xreallocarray(text->data, text->room, 1);
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	text->data[text->size] = '\0';
}

static void put_string(struct text *text, const char *data, size_t size)
{
	size_t plain = 0;

	put(text, "\"", 1);
	for (size_t i = 0; i < size; i++) {
		invariant(data[i] >= ' ' && data[i] <= '~');
		if (data[i] != '"' && data[i] != '\\')
			continue;
		put(text, data + plain, i - plain);
		put(text, "\\", 1);
		plain = i;
	}
	put(text, data + plain, size - plain);
	put(text, "\"", 1);
}

static void put_integer(struct text *text, int64_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		*--at = '-';
	put(text, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_json(struct text *text, json_t *json);

static void put_object(struct text *text, json_t *json)
{
	const char *comma = "{", *key;
	json_t *value;

	json_object_foreach(json, key, value) {
		put(text, comma, 1);
		put_string(text, key, strlen(key));
		put(text, ":", 1);
		put_json(text, value);
		comma = ",";
	}
	put(text, *comma == ',' ? "}" : "{}", *comma == ',' ? 1 : 2);
}

static void put_array(struct text *text, json_t *json)
{
	size_t count = json_array_size(json);

	put(text, "[", 1);
	for (size_t i = 0; i < count; i++) {
		if (i)
			put(text, ",", 1);
		put_json(text, json_array_get(json, i));
	}
	put(text, "]", 1);
}

static void put_json(struct text *text, json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		put_object(text, json);
		return;
	case JSON_ARRAY:
		put_array(text, json);
		return;
	case JSON_STRING:
		put_string(text, json_string_value(json),
			   json_string_length(json));
		return;
	case JSON_INTEGER:
		put_integer(text, json_integer_value(json));
		return;
	case JSON_REAL:
		invariant(false);
		return;
	case JSON_TRUE:
		put(text, "true", 4);
		return;
	case JSON_FALSE:
		put(text, "false", 5);
		return;
	case JSON_NULL:
		put(text, "null", 4);
		return;
	}
}

char *__wrap_json_dumps(json_t *json, size_t flags)
{
	struct text made = { 0 };
	size_t i = written_next++ % WRITTEN_KEPT;

	(void)flags;
	put_json(&made, json);
	json_decref(written[i].json);
	written[i].hash = text_hash(made.data, made.size);
	written[i].size = made.size;
	written[i].json = json_incref(json);
	return made.data;
}

/* Who gets it only reads: state_from_json() takes it const. */
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags,
			  json_error_t *error)
{
	uint64_t hash = text_hash(text, size);

	for (size_t i = 0; i < WRITTEN_KEPT; i++)
		if (written[i].json && written[i].size == size &&
		    written[i].hash == hash)
			return json_incref(written[i].json);
	return __real_json_loadb(text, size, flags, error);
}
