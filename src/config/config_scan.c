/* SPDX-License-Identifier: MIT */
#include "config/config_scan.h"

#include "base/log.h"
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define WORD_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"

enum token_kind {
	TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK, TOKEN_APPEND,
	TOKEN_BAD,
};

struct token {
	enum token_kind kind;
	size_t start, end;	/* octets of the text, quotes included */
	unsigned line;
};

struct scanner {
	char *text;
	size_t position;
	unsigned line;
	struct token token;	/* the one looked at */
	config_key_finder *find;
	struct config_faults *faults;
	struct config_scan *scan;
	size_t section;		/* index of the one we are in */
};

void config_fault(struct config_faults *faults, unsigned line,
		  const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	must(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	log_error("%s:%u: %s", faults->path, line, text);
	free(text);
	faults->count++;
}

/* SCOPE_GLOBAL: it begins no section. */
static enum config_scope find_scope(const char *word)
{
	if (streq(word, "zone"))
		return SCOPE_ZONE;
	if (streq(word, "target"))
		return SCOPE_TARGET;
	return SCOPE_GLOBAL;
}

/* Blanks from START to END, but for the ends of lines. */
static void blank(struct scanner *s, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++)
		if (s->text[i] != '\n')
			s->text[i] = ' ';
}

/* The end of the comment that starts at POSITION; POSITION if none does. */
static size_t comment_end(const struct scanner *s, size_t position)
{
	const char *p = s->text + position, *end;

	if (p[0] == '#' || (p[0] == '/' && p[1] == '/'))
		return position + strcspn(p, "\n");
	if (p[0] != '/' || p[1] != '*')
		return position;
	end = strstr(p + 2, "*/");
	if (!end)
		config_fault(s->faults, s->line, "the comment that starts "
			     "here is never closed");
	return position + (end ? (size_t)(end - p) + 2 : strlen(p));
}

static void skip_blanks(struct scanner *s)
{
	for (;;) {
		size_t end = comment_end(s, s->position);

		for (size_t i = s->position; i < end; i++)
			s->line += s->text[i] == '\n';
		blank(s, s->position, end);
		s->position = end;
		if (!s->text[end] || !strchr(" \t\r\n", s->text[end]))
			return;
		s->line += s->text[end] == '\n';
		blank(s, end, end + 1);
		s->position++;
	}
}

/* A quoted text, which may run over lines. */
static enum token_kind scan_string(struct scanner *s)
{
	char quote = s->text[s->position];
	size_t i = s->position + 1;

	while (s->text[i] && s->text[i] != quote) {
		if (s->text[i] == '\\' && s->text[i + 1])
			i++;
		else if (quote == '"' && s->text[i] == '$' &&
			 s->text[i + 1] == '{') {
			config_fault(s->faults, s->line, "\"${\" would be "
				     "taken for an environment variable; "
				     "quote the text with ' instead");
			s->text[i] = '_';
		}
		s->line += s->text[i] == '\n';
		i++;
	}
	if (!s->text[i]) {
		s->position = i;
		return TOKEN_BAD;
	}
	s->position = i + 1;
	return TOKEN_STRING;
}

static enum token_kind scan_token(struct scanner *s)
{
	char c = s->text[s->position];
	size_t size = strcspn(s->text + s->position, " \t\r\n={},+#\"'");
	size_t good = strspn(s->text + s->position, WORD_CHARACTERS);

	if (!c)
		return TOKEN_END;
	if (c == '"' || c == '\'')
		return scan_string(s);
	if (size) {
		s->position += size;
		return good == size ? TOKEN_WORD : TOKEN_BAD;
	}
	if (c == '+' && s->text[s->position + 1] == '=') {
		s->position += 2;
		return TOKEN_APPEND;
	}
	s->position++;
	return strchr("={},", c) ? TOKEN_MARK : TOKEN_BAD;
}

static void next_token(struct scanner *s)
{
	skip_blanks(s);
	s->token.start = s->position;
	s->token.line = s->line;
	s->token.kind = scan_token(s);
	s->token.end = s->position;
}

static bool token_is(const struct scanner *s, char mark)
{
	return s->token.kind == TOKEN_MARK &&
	       s->text[s->token.start] == mark;
}

static bool token_is_value(const struct scanner *s)
{
	return s->token.kind == TOKEN_WORD || s->token.kind == TOKEN_STRING;
}

/* The token's text without quotes, allocated. */
static char *token_text(const struct scanner *s)
{
	size_t quotes = s->token.kind == TOKEN_STRING;

	return xstrndup(s->text + s->token.start + quotes,
			s->token.end - s->token.start - 2 * quotes);
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
	for (next_token(s); !token_is(s, '}'); next_token(s)) {
		if (!token_is_value(s))
			return syntax_fault(s, "a value or \"}\"");
		add_value(key, s->token.line);
		next_token(s);
		if (token_is(s, '}'))
			break;
		if (!token_is(s, ','))
			return syntax_fault(s, "\",\" or \"}\"");
	}
	return true;
}

/* The value or list after the equal sign. */
static bool scan_values(struct scanner *s, struct config_scan_key *key,
			bool *is_list)
{
	next_token(s);
	*is_list = token_is(s, '{');
	if (*is_list)
		return scan_list(s, key);
	if (!token_is_value(s))
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
		config_fault(s->faults, key->line, "\"%s\" is given twice, "
			     "first in line %u", key->name, first->line);
	else if (kind == CONFIG_KEY_SINGLE && is_list)
		config_fault(s->faults, key->line, "\"%s\" takes one value, "
			     "not a list", key->name);
	else {
		*array_push(section->keys, section->key_count) = *key;
		return;
	}
	blank(s, start, s->position);
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
	next_token(s);
	return true;
}

/* Passes over an unknown section, from its opening brace on. */
static bool skip_section(struct scanner *s, size_t start)
{
	unsigned depth = 0;

	do {
		if (s->token.kind == TOKEN_END || s->token.kind == TOKEN_BAD)
			return syntax_fault(s, "\"}\"");
		depth += token_is(s, '{');
		depth -= token_is(s, '}');
		if (depth)
			next_token(s);
	} while (depth);
	blank(s, start, s->position);
	next_token(s);
	return true;
}

/* Is the token at hand "{", after an optional title? The title is taken. */
static bool scan_title(struct scanner *s, char **title)
{
	*title = NULL;
	if (token_is_value(s)) {
		*title = token_text(s);
		blank(s, s->token.start, s->token.end);
		next_token(s);
	}
	if (token_is(s, '{'))
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
	next_token(s);
	return true;
}

/* One statement; the token at hand is its first. */
static bool scan_statement(struct scanner *s)
{
	size_t start = s->token.start;
	unsigned line = s->token.line;
	char *word;
	bool good;

	if (token_is(s, '}') && s->section) {
		s->section = 0;
		next_token(s);
		return true;
	}
	if (s->token.kind != TOKEN_WORD)
		return syntax_fault(s, s->section ? "a key or \"}\""
						  : "a key");
	word = token_text(s);
	next_token(s);
	if (token_is(s, '=') || s->token.kind == TOKEN_APPEND)
		return scan_assignment(s, word, line, start);
	good = open_section(s, word, line, start);
	free(word);
	return good;
}

/* Ends the text before the statement that cannot be understood. */
static void cut_text(struct scanner *s, size_t start)
{
	for (size_t i = 0; i < s->scan->section_count; i++)
		s->scan->sections[i].cut = i == 0 || i == s->section;
	if (s->text[start])
		s->text[start + (s->section != 0)] = '\0';
	if (s->section)
		s->text[start] = '}';
}

struct config_scan *config_scan(const char *text, config_key_finder *find,
				struct config_faults *faults)
{
	struct config_scan *scan = xcalloc(1, sizeof(*scan));
	size_t size = strlen(text), start = 0;
	bool good = true;
	struct scanner s = {
		.text = xcalloc(size + 2, 1), .line = 1, .find = find,
		.faults = faults, .scan = scan,
	};

	memcpy(s.text, text, size);
	array_push(scan->sections, scan->section_count)->title = xstrdup("");
	next_token(&s);
	while (good && (s.token.kind != TOKEN_END || s.section)) {
		start = s.token.start;
		good = scan_statement(&s);
	}
	if (!good)
		cut_text(&s, start);
	scan->text = s.text;
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
