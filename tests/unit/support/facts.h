/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"
#include "support/chains.h"

/*
 * Facts about a target "mail" made by hand, for the pure part. Versions are
 * letters of the cast; 0 stands for none. It begins with RELEASED presented
 * and shown, the links at rest where LIVE is RELEASED and else pinned, two
 * servers for each owner, one owner, nothing asked yet.
 */
#define SCENE_NOW INT64_C(1800000000000)
#define SCENE_OWNERS 2

struct scene {
	struct config_target target;
	struct state *state;
	struct facts facts;
	struct owner_facts owners[SCENE_OWNERS];
	struct tlsa_params params[SCENE_OWNERS][3];
	struct view views[SCENE_OWNERS];
	struct ledger *ledgers[SCENE_OWNERS];
	struct chain *presented[4];
};

void scene_open(struct scene *scene, char released, char live);
void scene_close(struct scene *scene);

/* The versions that may be presented, as letters; "?" is one whose files
 * are gone. */
void scene_present(struct scene *scene, const char *letters);
void scene_show(struct scene *scene, char shown, enum links_place place);
/* A second owner, wanted with 3 1 1 as well. */
void scene_add_owner(struct scene *scene);
/* "311 211": what is configured; "": no longer. */
void scene_want(struct scene *scene, size_t owner, const char *params);

/* All servers of OWNER said TEXT for so long, with this TTL. */
void scene_history(struct scene *scene, size_t owner, const char *text,
		   uint32_t ttl_seconds, int64_t age_seconds);
/* What they say now, over TCP; it goes into the ledger. All records but
 * 3 1 1 of x, y and z, 3 0 1 of x and 2 1 1 of i are own. */
void scene_say(struct scene *scene, size_t owner, const char *text,
	       uint32_t ttl_seconds);
/* OWNER is a link to the other owner, which is wanted in its place. */
void scene_link(struct scene *scene, size_t owner);
/* It was at rest before: what was served in former times is known. */
void scene_settled(struct scene *scene);
/* What the state says was published at OWNER. */
void scene_publish(struct scene *scene, size_t owner, const char *text);
