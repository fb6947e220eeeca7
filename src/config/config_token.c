/* SPDX-License-Identifier: MIT */
#include "config/config_scan_internal.h"

#include "base/xalloc.h"

#define WORD_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"

void config_token_blank(struct scanner *s, size_t start, size_t end)
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
		config_token_blank(s, s->position, end);
		s->position = end;
		if (!s->text[end] || !strchr(" \t\r\n", s->text[end]))
			return;
		s->line += s->text[end] == '\n';
		config_token_blank(s, end, end + 1);
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

void config_token_next(struct scanner *s)
{
	skip_blanks(s);
	s->token.start = s->position;
	s->token.line = s->line;
	s->token.kind = scan_token(s);
	s->token.end = s->position;
}

bool config_token_is(const struct scanner *s, char mark)
{
	return s->token.kind == TOKEN_MARK &&
	       s->text[s->token.start] == mark;
}

bool config_token_is_value(const struct scanner *s)
{
	return s->token.kind == TOKEN_WORD || s->token.kind == TOKEN_STRING;
}

char *config_token_text(const struct scanner *s)
{
	size_t quotes = s->token.kind == TOKEN_STRING;

	return xstrndup(s->text + s->token.start + quotes,
			s->token.end - s->token.start - 2 * quotes);
}
