/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * renewal/NAME.conf, where certbot keeps how it renews a lineage: lines "KEY =
 * VALUE" up to the first "[section]", in the dialect of Python's ConfigObj.
 * This is the value of archive_dir in TEXT, allocated; NULL where there is
 * none, or no absolute path.
 */
char *renewal_archive_dir(const char *text);
