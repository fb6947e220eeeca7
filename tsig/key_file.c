/* SPDX-License-Identifier: MIT */
#include "tsig/key_file.h"

#include <string.h>
#include <strings.h>

/* Reads one line, neither empty nor all comment, without outer blanks. */
typedef enum tsig_key_error line_parser(struct key_file *file,
					struct text line);

enum tsig_key_error key_file_fault(struct key_file *file,
				   enum tsig_key_error error, unsigned line)
{
	file->line = line;
	return error;
}

enum tsig_key_error key_file_add(struct key_file *file, unsigned line)
{
	if (file->count == TSIG_KEYS_PER_FILE_MAX)
		return key_file_fault(file, TSIG_KEY_TOO_MANY, line);
	file->entries[file->count++].line = line;
	return TSIG_KEY_OK;
}

enum tsig_key_error key_file_set(struct key_file *file, struct text *part,
				 struct text value)
{
	if (part->at)
		return key_file_fault(file, TSIG_KEY_REPEATED, value.line);
	*part = value;
	return TSIG_KEY_OK;
}

static enum tsig_key_error value_set(struct key_file *file, struct text *part,
				     struct text text)
{
	struct text value;

	if (!text_value(text, &value))
		return key_file_fault(file, TSIG_KEY_SYNTAX, text.line);
	return key_file_set(file, part, value);
}

static struct key_entry *entry_last(struct key_file *file)
{
	return file->count > 0 ? &file->entries[file->count - 1] : NULL;
}

/* "key:", "- id: NAME", "algorithm: NAME", "secret: BASE64" */
static enum tsig_key_error knot_line(struct key_file *file, struct text line)
{
	enum tsig_key_error error = TSIG_KEY_OK;
	struct text field, rest;
	struct key_entry *entry;
	bool item = *line.at == '-';

	if (item) {
		line.at++;
		line.size--;
		error = key_file_add(file, line.line);
	}
	line = text_trim(line);
	if (error || line.size == 0)
		return error;
	entry = entry_last(file);
	if (!text_split(line, ':', &field, &rest))
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	field = text_trim(field);
	if (!item && text_is(field, "key") && text_is_empty(rest))
		return TSIG_KEY_OK;
	if (entry && text_is(field, "id"))
		return value_set(file, &entry->name, rest);
	if (entry && text_is(field, "algorithm"))
		return value_set(file, &entry->algorithm, rest);
	if (entry && text_is(field, "secret"))
		return value_set(file, &entry->secret, rest);
	return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
}

/* NSD's "key:", and then "name:", "algorithm:" and "secret:". */
static enum tsig_key_error nsd_line(struct key_file *file, struct text line)
{
	struct key_entry *entry = entry_last(file);
	struct text field, rest, *part;

	if (!text_split(line, ':', &field, &rest))
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	field = text_trim(field);
	if (text_is(field, "key") && text_is_empty(rest))
		return key_file_add(file, line.line);
	part = text_is(field, "name") ? &entry->name :
		text_is(field, "algorithm") ? &entry->algorithm :
		text_is(field, "secret") ? &entry->secret : NULL;
	return part ? value_set(file, part, rest) :
		key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
}

/* Those of pdnsutil: NAME ALGORITHM SECRET, and where it has just made the key
 * with these words in front. */
static bool pdns_read(struct text line, struct text parts[3])
{
	static const char prefix[] = "Create new TSIG key ";
	size_t size = strlen(prefix);

	if (line.size > size && strncasecmp(line.at, prefix, size) == 0) {
		line.at += size;
		line.size -= size;
		line = text_trim(line);
	}
	for (int i = 0; i < 3; i++)
		parts[i] = text_cut_word(&line);
	return parts[2].size > 0 && line.size == 0;
}

static enum tsig_key_error pdns_line(struct key_file *file, struct text line)
{
	enum tsig_key_error error = key_file_add(file, line.line);
	struct key_entry *entry = entry_last(file);
	struct text parts[3];

	if (error)
		return error;
	if (!pdns_read(line, parts))
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	entry->name = parts[0];
	entry->algorithm = parts[1];
	entry->secret = parts[2];
	return TSIG_KEY_OK;
}

/* ALGORITHM:NAME:SECRET; without the algorithm the fault is found later. */
static enum tsig_key_error colon_line(struct key_file *file, struct text line)
{
	enum tsig_key_error error = key_file_add(file, line.line);
	struct text first, second, third;
	struct key_entry *entry = entry_last(file);

	if (error)
		return error;
	if (!text_value(line, &line) || !text_split(line, ':', &first, &second))
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	/* Sections of a server's whole configuration begin so. */
	if (second.size == 0)
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	entry->name = first;
	entry->secret = second;
	if (!text_split(second, ':', &second, &third))
		return TSIG_KEY_OK;
	entry->algorithm = first;
	entry->name = second;
	entry->secret = third;
	return memchr(third.at, ':', third.size) ?
		key_file_fault(file, TSIG_KEY_SYNTAX, line.line) : TSIG_KEY_OK;
}

/* certbot's credentials: what is for other ends than the key is let be. */
static enum tsig_key_error ini_line(struct key_file *file, struct text line)
{
	static const char prefix[] = "dns_rfc2136_";
	struct text field, value;
	struct key_entry *entry = &file->entries[0];
	struct text *part;

	if (!text_split(line, '=', &field, &value))
		return key_file_fault(file, TSIG_KEY_SYNTAX, line.line);
	field = text_trim(field);
	if (field.size < strlen(prefix) ||
	    strncmp(field.at, prefix, strlen(prefix)) != 0)
		return TSIG_KEY_OK;
	if (file->count == 0)
		key_file_add(file, line.line);
	field.at += strlen(prefix);
	field.size -= strlen(prefix);
	part = text_is(field, "name") ? &entry->name :
		text_is(field, "algorithm") ? &entry->algorithm :
		text_is(field, "secret") ? &entry->secret : NULL;
	return part ? value_set(file, part, value) : TSIG_KEY_OK;
}

static enum tsig_key_error lines_parse(struct key_file *file,
				       struct scanner scanner,
				       line_parser *parser)
{
	enum tsig_key_error error = TSIG_KEY_OK;

	while (!error && scanner.at < scanner.end) {
		struct text line = text_trim(scanner_line(&scanner));

		if (line.size > 0 && *line.at != '#')
			error = parser(file, line);
	}
	return error;
}

/* Behind "key:" NSD goes on with a field, and Knot with "-". */
static line_parser *key_line_parser(struct scanner scanner)
{
	while (scanner.at < scanner.end) {
		struct text line = text_trim(scanner_line(&scanner));
		struct text field, rest;

		if (line.size > 0 && *line.at != '#')
			return *line.at != '-' &&
			       text_split(line, ':', &field, &rest) &&
			       !text_is(text_trim(field), "key") ?
			       nsd_line : knot_line;
	}
	return knot_line;
}

/* NAME ALGORITHM SECRET: BIND's third word would be a brace. */
static bool is_pdns(struct text line)
{
	struct text parts[3];
	enum tsig_algorithm algorithm;

	pdns_read(line, parts);
	return parts[2].size > 0 && *parts[2].at != '{' &&
	       algorithm_from_text(parts[1].at, parts[1].size, &algorithm) !=
		       TSIG_KEY_UNKNOWN_ALGORITHM;
}

/* NAME IN KEY and more, as dnssec-keygen writes one of its two files. */
static bool is_keygen(struct text line)
{
	bool in_class = false;

	text_cut_word(&line);
	while (line.size > 0) {
		struct text word = text_cut_word(&line);

		if (in_class)
			return text_is(word, "key");
		in_class = text_is(word, "in");
	}
	return false;
}

/* Behind the "---" that editors of YAML, and Ansible, write on top. */
static struct scanner document_begin(struct scanner scanner)
{
	struct scanner next = scanner;
	struct text line;

	if (!key_bind_skip(&next))
		return scanner;
	line = text_trim(scanner_line(&next));
	return line.size >= 3 && text_is(text_cut_word(&line), "---") &&
	       text_is_empty(line) ? next : scanner;
}

/* The first word that is no comment, and what follows it, give it away. */
static enum tsig_key_error file_parse(struct key_file *file,
				      struct scanner scanner)
{
	const struct scanner start = document_begin(scanner);
	struct scanner ahead;
	struct text word, behind, line;
	char next;

	scanner = start;
	if (!key_bind_skip(&scanner))
		return key_file_fault(file, TSIG_KEY_SYNTAX, scanner.line);
	ahead = scanner;
	line = text_trim(scanner_line(&ahead));
	word = scanner_word(&scanner);
	behind = text_trim(scanner_line(&scanner));
	next = behind.size > 0 ? *behind.at : '\0';
	if (next == '=')
		return lines_parse(file, start, ini_line);
	if (next == ':') {
		behind.at++;
		behind.size--;
		if (text_is(word, "private-key-format"))
			return key_file_fault(file, TSIG_KEY_OLD_FORMAT,
					      word.line);
		return lines_parse(file, start, text_is(word, "key") &&
				   text_is_empty(behind) ?
				   key_line_parser(scanner) : colon_line);
	}
	if (is_pdns(line))
		return lines_parse(file, start, pdns_line);
	if (is_keygen(line))
		return key_file_fault(file, TSIG_KEY_OLD_FORMAT, line.line);
	return key_bind_parse(file, start);
}

static bool name_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Every entry's name, canonical and only once in the file. */
static enum tsig_key_error names_read(struct key_file *file)
{
	for (size_t i = 0; i < file->count; i++) {
		struct key_entry *entry = &file->entries[i];
		unsigned line = entry->name.at ? entry->name.line : entry->line;
		enum tsig_key_error error =
			tsig_key_name_read(entry->name, entry->key_name);

		for (size_t k = 0; !error && k < i; k++)
			if (name_equal(file->entries[k].key_name,
				       entry->key_name))
				error = TSIG_KEY_DUPLICATE_NAME;
		if (error)
			return key_file_fault(file, error, line);
	}
	return TSIG_KEY_OK;
}

/* The one named NAME or, where that is NULL, the only one. */
static enum tsig_key_error entry_choose(const struct key_file *file,
					const char *name,
					const struct key_entry **entry)
{
	struct text asked = { name, name ? strlen(name) : 0, 0 };
	char wanted[KEY_NAME_TEXT_SIZE];
	enum tsig_key_error error;

	*entry = file->entries;
	if (file->count == 0)
		return TSIG_KEY_NONE;
	if (!name)
		return file->count == 1 ? TSIG_KEY_OK : TSIG_KEY_SEVERAL;
	error = tsig_key_name_read(asked, wanted);
	if (error)
		return error;
	for (size_t i = 0; i < file->count; i++, ++*entry)
		if (name_equal((*entry)->key_name, wanted))
			return TSIG_KEY_OK;
	return TSIG_KEY_NOT_THERE;
}

static enum tsig_key_error entry_make_key(struct key_file *file,
					  const struct key_entry *entry,
					  bool allow_md5,
					  struct tsig_key **key)
{
	struct text name = entry->algorithm;
	enum tsig_algorithm algorithm;
	enum tsig_key_error error;

	error = algorithm_from_text(name.at, name.size, &algorithm);
	if (!error && algorithm == TSIG_HMAC_MD5 && !allow_md5)
		error = TSIG_KEY_MD5;
	if (error)
		return key_file_fault(file, error,
				      name.at ? name.line : entry->line);
	if (!entry->secret.at)
		return key_file_fault(file, TSIG_KEY_NO_SECRET, entry->line);
	error = tsig_key_new(entry->key_name, algorithm, entry->secret, key);
	return key_file_fault(file, error, error ? entry->secret.line : 0);
}

/* Is it a text of bearable size? */
static enum tsig_key_error text_check(struct key_file *file, const char *text,
				      size_t size)
{
	unsigned line = 1;

	if (size > TSIG_KEY_FILE_MAX)
		return TSIG_KEY_TOO_LARGE;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\0')
			return key_file_fault(file, TSIG_KEY_NOT_TEXT, line);
		line += text[i] == '\n';
	}
	return size == 0 ? TSIG_KEY_NONE : TSIG_KEY_OK;
}

/* What word processors and web pages have for quotes (U+2018 to 201F) and for
 * blanks (U+00A0, U+2000 to 200F, U+FEFF). */
static bool is_typographic(const char *at, size_t size)
{
	if (size >= 2 && memcmp(at, "\xc2\xa0", 2) == 0)
		return true;
	if (size < 3)
		return false;
	if (memcmp(at, "\xe2\x80", 2) == 0)
		return (at[2] & 0xf0) == 0x80 || (at[2] & 0xf8) == 0x98;
	return memcmp(at, "\xef\xbb\xbf", 3) == 0;
}

/* Has the line at fault any of them? */
static bool has_typography(struct scanner scanner, unsigned number)
{
	struct text line = { NULL, 0, 0 };

	while (scanner.at < scanner.end && line.line < number)
		line = scanner_line(&scanner);
	for (size_t i = 0; line.line == number && i < line.size; i++)
		if (is_typographic(line.at + i, line.size - i))
			return true;
	return false;
}

/* What some editors write before anything else. */
static size_t mark_size(const char *text, size_t size)
{
	static const char mark[] = "\xef\xbb\xbf";

	return size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
}

enum tsig_key_error tsig_key_parse(const char *text, size_t size,
				   const struct tsig_key_options *options,
				   struct tsig_key **key, unsigned *line)
{
	struct key_file file = { .count = 0 };
	const struct key_entry *entry;
	enum tsig_key_error error = text_check(&file, text, size);
	const char *begin = size ? text : "";	/* TEXT may be NULL then */
	const struct scanner all = { begin + mark_size(begin, size),
				     begin + size, 1 };

	*key = NULL;
	if (!error)
		error = file_parse(&file, all);
	if (!error)
		error = names_read(&file);
	if (!error)
		error = entry_choose(&file, options->name, &entry);
	if (!error)
		error = entry_make_key(&file, entry, options->allow_md5, key);
	*line = error ? file.line : 0;
	/* An algorithm that is known was read all the same. */
	return error && error != TSIG_KEY_MD5 && has_typography(all, *line)
	       ? TSIG_KEY_TYPOGRAPHY : error;
}
