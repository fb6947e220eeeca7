/* SPDX-License-Identifier: MIT */
#include "tsig/key_text.h"

#include <string.h>
#include <strings.h>

bool text_is(struct text text, const char *word)
{
	return text.size == strlen(word) &&
		strncasecmp(text.at, word, text.size) == 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct text text_trim(struct text text)
{
	while (text.size > 0 && is_blank(*text.at)) {
		text.at++;
		text.size--;
	}
	while (text.size > 0 && is_blank(text.at[text.size - 1]))
		text.size--;
	return text;
}

bool text_split(struct text text, char c, struct text *before,
		struct text *behind)
{
	const char *found = memchr(text.at, c, text.size);

	*before = text;
	if (!found)
		return false;
	before->size = (size_t)(found - text.at);
	*behind = text;
	behind->at = found + 1;
	behind->size = text.size - before->size - 1;
	return true;
}

bool text_value(struct text text, struct text *value)
{
	struct text rest;

	text = text_trim(text);
	if (text.size == 0 || (*text.at != '"' && *text.at != '\'')) {
		text_split(text, '#', value, &rest);
		*value = text_trim(*value);
		return true;
	}
	text.at++;
	text.size--;
	if (!text_split(text, text.at[-1], value, &rest))
		return false;
	rest = text_trim(rest);
	return rest.size == 0 || *rest.at == '#';
}

bool text_is_empty(struct text text)
{
	struct text value;

	return text_value(text, &value) && value.size == 0;
}

struct text text_cut_word(struct text *text)
{
	struct text word = *text;

	word.size = 0;
	while (word.size < text->size && !is_blank(text->at[word.size]))
		word.size++;
	text->at += word.size;
	text->size -= word.size;
	*text = text_trim(*text);
	return word;
}

struct text scanner_line(struct scanner *scanner)
{
	size_t left = (size_t)(scanner->end - scanner->at);
	const char *newline = memchr(scanner->at, '\n', left);
	struct text line = { scanner->at, left, scanner->line++ };

	if (newline)
		line.size = (size_t)(newline - scanner->at);
	scanner->at = newline ? newline + 1 : scanner->end;
	return line;
}

struct text scanner_word(struct scanner *scanner)
{
	struct text word = { scanner->at, 0, scanner->line };

	while (scanner->at < scanner->end) {
		char c = wire_lower(*scanner->at);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-' && c != '_' && c != '.')
			break;
		scanner->at++;
		word.size++;
	}
	return word;
}
