/* SPDX-License-Identifier: MIT */
#include "config/config_scan.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "config/config_include.h"
#include "config/config_scan_internal.h"

#include <stdlib.h>

/* SCOPE_GLOBAL: it begins no section. */
static enum config_scope find_scope(const char *word)
{
	if (streq(word, "zone"))
		return SCOPE_ZONE;
	if (streq(word, "target"))
		return SCOPE_TARGET;
	return SCOPE_GLOBAL;
}

/* Typographic quotes and blanks, byte order marks: they look like others. */
static bool is_beyond_ascii(const char *text, int size)
{
	for (int i = 0; i < size; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return true;
	}
	return false;
}

static bool syntax_fault(struct scanner *s, const char *wanted)
{
	const struct token *token = &s->token;
	int size = (int)(token->end - token->start);
	const char *text = s->text + token->start;

	if (size > 40)
		size = 40;
	if (token->kind == TOKEN_END)
		config_fault(s->faults, token->line, "the file ends where %s "
			     "should stand", wanted);
	else if (token->kind == TOKEN_BAD && (*text == '"' || *text == '\''))
		config_fault(s->faults, token->line, "the quotes that start "
			     "here are never closed");
	else if (token->kind == TOKEN_BAD && is_beyond_ascii(text, size))
		config_fault(s->faults, token->line, "%.*s: a typographic "
			     "quote or blank, a byte order mark or the like; "
			     "write straight quotes and plain spaces; what "
			     "follows was not read", size, text);
	else if (token->kind == TOKEN_BAD && size > 1)
		config_fault(s->faults, token->line, "%.*s is to stand in "
			     "quotes; what follows was not read", size, text);
	else
		config_fault(s->faults, token->line, "\"%.*s\" where %s should "
			     "stand; what follows was not read", size, text,
			     wanted);
	return false;
}

static struct config_scan_section *section_of(struct scanner *s)
{
	return &s->scan->sections[s->section];
}

static void add_value(struct config_scan_key *key, unsigned line)
{
	*array_push(key->value_lines, key->value_count) = line;
}

static bool scan_list(struct scanner *s, struct config_scan_key *key)
{
	for (config_token_next(s); !config_token_is(s, '}');
	     config_token_next(s)) {
		if (!config_token_is_value(s))
			return syntax_fault(s, "a value or \"}\"");
		add_value(key, s->token.line);
		config_token_next(s);
		if (config_token_is(s, '}'))
			break;
		if (!config_token_is(s, ','))
			return syntax_fault(s, "\",\" or \"}\"");
	}
	return true;
}

/* The value or list after the equal sign. */
static bool scan_values(struct scanner *s, struct config_scan_key *key,
			bool *is_list)
{
	config_token_next(s);
	*is_list = config_token_is(s, '{');
	if (*is_list)
		return scan_list(s, key);
	if (!config_token_is_value(s))
		return syntax_fault(s, "a value");
	add_value(key, s->token.line);
	return true;
}

static struct config_scan_key *
find_key(const struct config_scan_section *section, const char *name)
{
	for (size_t i = 0; i < section->key_count; i++)
		if (streq(section->keys[i].name, name))
			return &section->keys[i];
	return NULL;
}

static void key_clear(struct config_scan_key *key)
{
	free(key->name);
	free(key->value_lines);
}

static void report_twice(struct scanner *s, const struct config_scan_key *key,
			 const struct config_scan_key *first)
{
	char *line = config_line_beside(s->faults, first->line, key->line);

	config_fault(s->faults, key->line, "\"%s\" is given twice, first in "
		     "%s", key->name, line);
	free(line);
}

/* Enters a well-formed "NAME = VALUE" that stands from START on. */
static void enter_key(struct scanner *s, struct config_scan_key *key,
		      bool is_list, size_t start)
{
	struct config_scan_section *section = section_of(s);
	enum config_key_kind kind = s->find(section->scope, key->name);
	const struct config_scan_key *first = find_key(section, key->name);

	if (kind == CONFIG_KEY_UNKNOWN || find_scope(key->name))
		config_fault(s->faults, key->line, "there is no key \"%s\" "
			     "here", key->name);
	else if (first)
		report_twice(s, key, first);
	else if (kind == CONFIG_KEY_SINGLE && is_list)
		config_fault(s->faults, key->line, "\"%s\" takes one value, "
			     "not a list", key->name);
	else {
		*array_push(section->keys, section->key_count) = *key;
		return;
	}
	config_token_blank(s, start, s->position);
	key_clear(key);
}

static bool scan_assignment(struct scanner *s, char *name, unsigned line,
			    size_t start)
{
	struct config_scan_key key = { .name = name, .line = line };
	bool is_list;

	if (s->token.kind == TOKEN_APPEND) {
		syntax_fault(s, "\"=\"");
		key_clear(&key);
		return false;
	}
	if (!scan_values(s, &key, &is_list)) {
		key_clear(&key);
		return false;
	}
	enter_key(s, &key, is_list, start);
	config_token_next(s);
	return true;
}

/* Passes over an unknown section, from its opening brace on. */
static bool skip_section(struct scanner *s, size_t start)
{
	unsigned depth = 0;

	do {
		if (s->token.kind == TOKEN_END || s->token.kind == TOKEN_BAD)
			return syntax_fault(s, "\"}\"");
		depth += config_token_is(s, '{');
		depth -= config_token_is(s, '}');
		if (depth)
			config_token_next(s);
	} while (depth);
	config_token_blank(s, start, s->position);
	config_token_next(s);
	return true;
}

/* Is the token at hand "{", after an optional title? The title is taken. */
static bool scan_title(struct scanner *s, char **title)
{
	*title = NULL;
	if (config_token_is_value(s)) {
		*title = config_token_text(s);
		config_token_blank(s, s->token.start, s->token.end);
		config_token_next(s);
	}
	if (config_token_is(s, '{'))
		return true;
	syntax_fault(s, *title ? "\"{\"" : "\"=\"");
	free(*title);
	return false;
}

/* From the title on to the opening brace, which is passed over. */
static bool open_section(struct scanner *s, const char *word, unsigned line,
			 size_t start)
{
	enum config_scope scope = find_scope(word);
	struct config_scan_section *section;
	char *title;

	if (!scan_title(s, &title))
		return false;
	if (!scope || s->section) {
		config_fault(s->faults, line, "there is no section \"%s\" "
			     "here", word);
		free(title);
		return skip_section(s, start);
	}
	section = array_push(s->scan->sections, s->scan->section_count);
	s->section = s->scan->section_count - 1;
	section->scope = scope;
	section->title = title ? title : xstrdup("");
	section->line = line;
	config_token_next(s);
	return true;
}

/* ---- What is included -------------------------------------------------- */

static void append(struct config_scan *scan, const char *text, size_t size)
{
	scan->text = xreallocarray(scan->text, scan->text_size + size + 1, 1);
	memcpy(scan->text + scan->text_size, text, size);
	scan->text_size += size;
	scan->text[scan->text_size] = '\0';
}

/* Hands on what was read until now, up to END. */
static void emit(struct scanner *s, size_t end)
{
	append(s->scan, s->text + s->emitted, end - s->emitted);
	s->emitted = end;
}

/* Why no other file can be included by that of S, allocated. */
static char *bound_fault(const struct scanner *s)
{
	unsigned depth = 0;

	for (const struct scanner *from = s; from; from = from->from)
		depth++;
	if (depth > CONFIG_DEPTH_MAX)
		return xasprintf("more than %d files include each other",
				 CONFIG_DEPTH_MAX);
	if (s->faults->file_count >= CONFIG_FILES_MAX)
		return xasprintf("more than %d files are included",
				 CONFIG_FILES_MAX);
	return NULL;
}

static bool is_under_way(const struct scanner *s, uint64_t inode, size_t size)
{
	for (; s; s = s->from)
		if (s->inode == inode && s->size == size)
			return true;
	return false;
}

/* The text of PATH, to be included by the file of S; NULL, or what is wrong,
 * allocated. */
static char *read_file(const struct scanner *s, const char *path, char **text,
		       uint64_t *inode)
{
	size_t size = s->scan->read_size;
	char *fault = bound_fault(s);

	size = size < CONFIG_SIZE_MAX ? CONFIG_SIZE_MAX - size : 0;
	if (!fault)
		fault = s->reader->read(s->reader->self, path, size, text,
					inode);
	if (!fault && is_under_way(s, *inode, strlen(*text)))
		fault = xstrdup("it would include itself");
	return fault;
}

static void scan_file(const struct scanner *from, const char *path,
		      const char *text, uint64_t inode);

static void include_file(struct scanner *s, unsigned line, const char *path)
{
	uint64_t inode = 0;
	char *text = NULL, *fault = read_file(s, path, &text, &inode);

	if (fault)
		config_fault(s->faults, line, "include: %s: %s", path, fault);
	else
		scan_file(s, path, text, inode);
	append(s->scan, "\n", 1);
	free(fault);
	free(text);
}

static void note_unmatched(struct scanner *s, unsigned line,
			   const char *pattern)
{
	char *place = config_line_text(s->faults, line);
	char *text = xasprintf("%s: include \"%s\" matches no file", place,
			       pattern);

	texts_add(&s->scan->unmatched, text);
	free(text);
	free(place);
}

static void include_files(struct scanner *s, unsigned line,
			  const char *pattern)
{
	struct texts paths = { .items = NULL };
	char *fault = config_include_find(s->reader, s->path, pattern, &paths);

	if (fault)
		config_fault(s->faults, line, "include \"%s\": %s", pattern,
			     fault);
	else if (!paths.count)
		note_unmatched(s, line, pattern);
	for (size_t i = 0; i < paths.count; i++)
		include_file(s, line, paths.items[i]);
	free(fault);
	texts_clear(&paths);
}

/* The token at hand is the pattern. */
static void scan_include(struct scanner *s, unsigned line, size_t start)
{
	char *pattern = config_token_text(s);

	config_token_blank(s, start, s->position);
	emit(s, s->position);
	if (s->section)
		config_fault(s->faults, line, "include stands outside of "
			     "sections only");
	else
		include_files(s, line, pattern);
	free(pattern);
	config_token_next(s);
}

/* ---- One file ---------------------------------------------------------- */

/* One statement; the token at hand is its first. */
static bool scan_statement(struct scanner *s)
{
	size_t start = s->token.start;
	unsigned line = s->token.line;
	char *word;
	bool good;

	if (config_token_is(s, '}') && s->section) {
		s->section = 0;
		config_token_next(s);
		return true;
	}
	if (s->token.kind != TOKEN_WORD)
		return syntax_fault(s, s->section ? "a key or \"}\""
						  : "a key");
	word = config_token_text(s);
	config_token_next(s);
	if (streq(word, "include") && config_token_is_value(s)) {
		free(word);
		scan_include(s, line, start);
		return true;
	}
	if (config_token_is(s, '=') || s->token.kind == TOKEN_APPEND)
		return scan_assignment(s, word, line, start);
	good = open_section(s, word, line, start);
	free(word);
	return good;
}

/* Ends the text before the statement that cannot be understood. */
static void cut_text(struct scanner *s, size_t start)
{
	for (size_t i = 0; i < s->scan->section_count; i++)
		s->scan->sections[i].cut |= i == 0 || i == s->section;
	if (s->text[start])
		s->text[start + (s->section != 0)] = '\0';
	if (s->section)
		s->text[start] = '}';
}

static void scan_all(struct scanner *s)
{
	bool good = true;
	size_t start = 0;

	config_token_next(s);
	while (good && (s->token.kind != TOKEN_END || s->section)) {
		start = s->token.start;
		good = scan_statement(s);
	}
	if (!good)
		cut_text(s, start);
	emit(s, strlen(s->text));
}

/* A file that FROM includes; where that is no file itself, the first one. */
static void scan_file(const struct scanner *from, const char *path,
		      const char *text, uint64_t inode)
{
	size_t size = strlen(text);
	bool first = !from->path;
	unsigned base = config_faults_begin(from->faults, first ? NULL : path,
					    text);
	struct scanner s = {
		.text = xcalloc(size + 2, 1), .line = base + 1, .path = path,
		.inode = inode, .size = size,
		.from = first ? NULL : from, .reader = from->reader,
		.find = from->find, .faults = from->faults,
		.scan = from->scan,
	};

	memcpy(s.text, text, size);
	s.scan->read_size += size;
	scan_all(&s);
	free(s.text);
}

struct config_scan *config_scan(const char *text, config_key_finder *find,
				const struct config_reader *reader,
				struct config_faults *faults)
{
	struct config_scan *scan = xcalloc(1, sizeof(*scan));
	const struct scanner nothing = {
		.reader = reader, .find = find, .faults = faults, .scan = scan,
	};

	array_push(scan->sections, scan->section_count)->title = xstrdup("");
	scan_file(&nothing, faults->path, text, reader ? reader->inode : 0);
	return scan;
}

void config_scan_free(struct config_scan *scan)
{
	for (size_t i = 0; i < scan->section_count; i++) {
		struct config_scan_section *section = &scan->sections[i];

		for (size_t k = 0; k < section->key_count; k++)
			key_clear(&section->keys[k]);
		free(section->keys);
		free(section->title);
	}
	free(scan->sections);
	texts_clear(&scan->unmatched);
	free(scan->text);
	free(scan);
}

bool config_scan_has(const struct config_scan_section *section,
		     const char *key)
{
	return find_key(section, key) != NULL;
}

unsigned config_scan_line(const struct config_scan_section *section,
			  const char *key)
{
	const struct config_scan_key *found = find_key(section, key);

	return found ? found->line : section->line;
}

unsigned config_scan_value_line(const struct config_scan_section *section,
				const char *key, size_t index)
{
	const struct config_scan_key *found = find_key(section, key);

	if (found && index < found->value_count)
		return found->value_lines[index];
	return config_scan_line(section, key);
}
