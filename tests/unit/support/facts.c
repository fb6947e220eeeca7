/* SPDX-License-Identifier: MIT */
#include "support/facts.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const owner_names[SCENE_OWNERS] = {
	"_25._tcp.mail.example.com.", "_443._tcp.mail.example.com.",
};

void scene_add_owner(struct scene *scene)
{
	size_t i = scene->facts.owner_count++;

	view_open(&scene->views[i], owner_names[i], 2);
	scene->ledgers[i] = ledger_new(owner_names[i]);
	scene->owners[i] = (struct owner_facts){
		.owner = owner_names[i], .ledger = scene->ledgers[i] };
	scene_want(scene, i, "311");
}

void scene_open(struct scene *scene, char released, char live)
{
	char first[] = { released, '\0' };

	*scene = (struct scene){ 0 };
	scene->target.name = lent("mail");
	scene->state = state_new("mail");
	scene->facts = (struct facts){
		.target = &scene->target, .state = scene->state,
		.now_ms = SCENE_NOW, .may_rest = true,
		.owners = scene->owners,
		.presented = { .items = scene->presented },
		.record_ttl_seconds = 3600,
		.config_settled = true,
		.rules = { .ttl_floor_seconds = 3600, .ttl_factor = 2,
			   .margin_seconds = 120 },
		.live = live ? cast_chain(live) : NULL,
		.live_number = live ? 2 : 0,
		.live_error = live ? VERSION_OK : VERSION_MIXED,
	};
	if (released) {
		scene->state->has_released = true;
		scene->state->released = cast_chain(released)->version;
		scene->facts.released = cast_chain(released);
		scene->facts.released_number = 1;
		scene_present(scene, first);
		scene_show(scene, released, released == live ? LINKS_REST :
							       LINKS_ARCHIVE);
	}
	scene_add_owner(scene);
}

void scene_close(struct scene *scene)
{
	for (size_t i = 0; i < scene->facts.owner_count; i++) {
		view_close(&scene->views[i]);
		ledger_free(scene->ledgers[i]);
		tlsa_set_clear(&scene->owners[i].published);
		tlsa_set_clear(&scene->owners[i].own);
		tlsa_set_clear(&scene->owners[i].others.needs);
		tlsa_set_clear(&scene->owners[i].deleting);
	}
	state_free(scene->state);
}

void scene_present(struct scene *scene, const char *letters)
{
	struct fingerprint gone = { { 1, 2, 3 } };

	scene->state->presented_count = 0;
	scene->facts.presented.count = strlen(letters);
	for (size_t i = 0; letters[i]; i++) {
		bool there = letters[i] != '?';

		scene->presented[i] = there ? cast_chain(letters[i]) : NULL;
		state_add_presented(scene->state, there ?
				    &scene->presented[i]->version : &gone);
	}
}

void scene_show(struct scene *scene, char shown, enum links_place place)
{
	scene->facts.shown = shown ? cast_chain(shown) : NULL;
	scene->facts.links = (struct links){ .place = place };
	if (place == LINKS_ARCHIVE)
		scene->facts.links.number = 1;
}

void scene_want(struct scene *scene, size_t owner, const char *params)
{
	struct owner_facts *facts = &scene->owners[owner];

	facts->params = scene->params[owner];
	facts->param_count = 0;
	for (; *params; params += params[3] ? 4 : 3)
		facts->params[facts->param_count++] = (struct tlsa_params){
			(uint8_t)(params[0] - '0'), (uint8_t)(params[1] - '0'),
			(uint8_t)(params[2] - '0') };
}

void scene_history(struct scene *scene, size_t owner, const char *text,
		   uint32_t ttl_seconds, int64_t age_seconds)
{
	struct view *view = &scene->views[owner];

	view_say_all(view, text, ttl_seconds);
	ledger_record(scene->ledgers[owner], &view->seen,
		      SCENE_NOW - age_seconds * 1000);
}

void scene_link(struct scene *scene, size_t owner)
{
	scene->owners[owner].alias = owner_names[!owner];
	scene->owners[owner].param_count = 0;
	scene->owners[!owner].via = owner_names[owner];
}

void scene_settled(struct scene *scene)
{
	free(scene->state->settled_config);
	scene->state->settled_config = xstrdup("digest");
	for (size_t i = 0; i < scene->facts.owner_count; i++)
		scene->ledgers[i]->rested_ms = 0;
}

void scene_publish(struct scene *scene, size_t owner, const char *text)
{
	tlsa_set_clear(&scene->owners[owner].published);
	scene->owners[owner].published = cast_set(text);
}

void scene_say(struct scene *scene, size_t owner, const char *text,
	       uint32_t ttl_seconds)
{
	struct owner_facts *facts = &scene->owners[owner];
	struct tlsa_set foreign = cast_set("x y z x:301 i:211");

	scene_history(scene, owner, text, ttl_seconds, 0);
	facts->seen = &scene->views[owner].seen;
	scene->facts.surveyed = TRANSPORT_TCP;
	tlsa_set_clear(&facts->own);
	facts->own = tlsa_set_copy(&scene->views[owner].sightings[0].set);
	tlsa_set_remove_all(&facts->own, &foreign);
	tlsa_set_clear(&foreign);
}
