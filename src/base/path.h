/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Paths as texts: they are taken as they are written, nothing is looked up. A
 * ".." takes the component before it away, even where that is a symbolic link,
 * so who opens what was made here has to see that it is what was meant.
 */

/* PATH, which is absolute, without ".", ".." and double slashes; "" for the
 * root. Allocated. */
char *path_normalise(const char *path);

/* Where PATH leads from DIRECTORY, which is absolute, normalised. Allocated. */
char *path_join(const char *directory, const char *path);

/* The directory that PATH is in: "/a" for "/a/b", "/" for "/a", "." for "a".
 * Allocated. */
char *path_directory(const char *path);

/* "c/d" for "/a/b/c/d" and the directory "/a/b"; NULL where PATH is not below
 * it. Points into PATH; both are normalised. */
const char *path_after(const char *path, const char *directory);

/* From the directory FROM to TO, both absolute: "../../b". NULL when either
 * is not absolute. Allocated. */
char *path_relative(const char *from, const char *to);
