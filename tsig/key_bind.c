/* SPDX-License-Identifier: MIT */
#include "tsig/key_file.h"

#include <string.h>

enum token_kind {
	TOKEN_END, TOKEN_BAD, TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_STOP,
};

struct token {
	enum token_kind kind;
	struct text text;
};

static bool scanner_sees(const struct scanner *scanner, const char *what)
{
	size_t size = strlen(what);

	return (size_t)(scanner->end - scanner->at) >= size &&
		memcmp(scanner->at, what, size) == 0;
}

static void line_skip(struct scanner *scanner)
{
	while (scanner->at < scanner->end && *scanner->at != '\n')
		scanner->at++;
}

static bool comment_skip(struct scanner *scanner)
{
	struct scanner inside = *scanner;

	inside.at += 2;
	while (!scanner_sees(&inside, "*/")) {
		if (inside.at == inside.end)
			return false;
		if (*inside.at++ == '\n')
			inside.line++;
	}
	inside.at += 2;
	*scanner = inside;
	return true;
}

bool key_bind_skip(struct scanner *scanner)
{
	while (scanner->at < scanner->end) {
		char c = *scanner->at;

		if (c == '#' || scanner_sees(scanner, "//")) {
			line_skip(scanner);
		} else if (scanner_sees(scanner, "/*")) {
			if (!comment_skip(scanner))
				return false;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			scanner->line += c == '\n';
			scanner->at++;
		} else {
			break;
		}
	}
	return true;
}

/* From the quote to the next one on the same line. */
static struct token quoted_take(struct scanner *scanner)
{
	struct token token = { TOKEN_BAD,
			       { ++scanner->at, 0, scanner->line } };

	while (scanner->at < scanner->end && *scanner->at != '\n') {
		if (*scanner->at++ == '"') {
			token.kind = TOKEN_TEXT;
			break;
		}
		token.text.size++;
	}
	return token;
}

static bool word_goes_on(const struct scanner *scanner)
{
	/* Not at "//", which base64 may contain. */
	return scanner->at < scanner->end &&
		!memchr(" \t\r\n{};\"#", *scanner->at, 9) &&
		!scanner_sees(scanner, "/*");
}

static struct token token_take(struct scanner *scanner)
{
	struct token token = { TOKEN_BAD, { NULL, 1, 0 } };

	if (!key_bind_skip(scanner)) {
		token.text.line = scanner->line;
		return token;
	}
	token.text.line = scanner->line;
	token.text.at = scanner->at;
	token.kind = TOKEN_END;
	if (scanner->at == scanner->end)
		return token;
	if (*scanner->at == '"')
		return quoted_take(scanner);
	token.kind = TOKEN_TEXT;
	if (word_goes_on(scanner)) {
		while (word_goes_on(scanner))
			scanner->at++;
		token.text.size = (size_t)(scanner->at - token.text.at);
		return token;
	}
	token.kind = *scanner->at == '{' ? TOKEN_OPEN :
		*scanner->at == '}' ? TOKEN_CLOSE : TOKEN_STOP;
	scanner->at++;
	return token;
}

static enum tsig_key_error token_expect(struct key_file *file,
					struct scanner *scanner,
					enum token_kind kind)
{
	struct token token = token_take(scanner);

	if (token.kind == kind)
		return TSIG_KEY_OK;
	return key_file_fault(file, TSIG_KEY_SYNTAX, token.text.line);
}

/* A word or a quoted text, into PART. */
static enum tsig_key_error value_take(struct key_file *file,
				      struct scanner *scanner,
				      struct text *part)
{
	struct token token = token_take(scanner);

	if (token.kind == TOKEN_TEXT)
		return key_file_set(file, part, token.text);
	return key_file_fault(file, TSIG_KEY_SYNTAX, token.text.line);
}

static enum tsig_key_error clause_parse(struct key_file *file,
					struct scanner *scanner,
					struct token keyword)
{
	struct key_entry *entry = &file->entries[file->count - 1];
	struct text *part = text_is(keyword.text, "algorithm") ?
		&entry->algorithm : &entry->secret;
	enum tsig_key_error error;

	if (keyword.kind != TOKEN_TEXT ||
	    !(text_is(keyword.text, "algorithm") ||
	      text_is(keyword.text, "secret")))
		return key_file_fault(file, TSIG_KEY_SYNTAX,
				      keyword.text.line);
	error = value_take(file, scanner, part);
	return error ? error : token_expect(file, scanner, TOKEN_STOP);
}

/* What follows the word "key". */
static enum tsig_key_error key_parse(struct key_file *file,
				     struct scanner *scanner, unsigned line)
{
	enum tsig_key_error error = key_file_add(file, line);
	struct token token;

	if (!error)
		error = value_take(file, scanner,
				   &file->entries[file->count - 1].name);
	if (!error)
		error = token_expect(file, scanner, TOKEN_OPEN);
	while (!error) {
		token = token_take(scanner);
		if (token.kind == TOKEN_CLOSE)
			return token_expect(file, scanner, TOKEN_STOP);
		error = clause_parse(file, scanner, token);
	}
	return error;
}

enum tsig_key_error key_bind_parse(struct key_file *file,
				   struct scanner scanner)
{
	for (;;) {
		struct token token = token_take(&scanner);
		enum tsig_key_error error;

		if (token.kind == TOKEN_END)
			return TSIG_KEY_OK;
		if (token.kind != TOKEN_TEXT || !text_is(token.text, "key"))
			return key_file_fault(file, TSIG_KEY_SYNTAX,
					      token.text.line);
		error = key_parse(file, &scanner, token.text.line);
		if (error)
			return error;
	}
}
