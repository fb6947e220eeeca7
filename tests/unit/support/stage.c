/* SPDX-License-Identifier: MIT */
#include "support/stage.h"

#include "unit.h"

void stage_open(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	zone_scene_init(&stage->scene);
	server_serves(&stage->scene, NS1);
	server_serves(&stage->scene, NS1_IPV6);
	server_serves(&stage->scene, NS2);
}

const struct survey_owner *stage_look(struct stage *stage,
				      enum transport transport)
{
	const char *owner = OWNER;

	survey_clear(&stage->survey);
	if (!stage->scene.zones.count || !stage->goes_on)
		zone_scene_discover(&stage->scene, owner);
	stage->scene.fake.batches = 0;
	stage->scene.fake.questions = stage->scene.fake.signed_questions = 0;
	if (stage->scene.zones.count)
		stage->scene.zones.items[0]->key = stage->key;
	survey_ask(&stage->scene.fake.world, &stage->scene.config,
		   &stage->scene.zones, &owner, 1, transport, &stage->survey);
	return &stage->survey.owners[0];
}

const struct sighting *stage_at(const struct survey_owner *owner,
				const char *server)
{
	struct address address = fake_address(server);

	for (size_t i = 0; i < owner->count; i++)
		if (address_equal(&owner->sightings[i].server->address,
				  &address))
			return &owner->sightings[i];
	fail_msg("%s was not asked", server);
	return NULL;
}

void stage_close(struct stage *stage)
{
	survey_clear(&stage->survey);
	zone_scene_clear(&stage->scene);
}
