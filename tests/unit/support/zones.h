/* SPDX-License-Identifier: MIT */
#pragma once

#include "support/zone.h"

/* Adds an unsigned zone below com. to the network of zone.h: of one name
 * server, at SERVER, where nothing is but what tests add. */
void zone_scene_add(struct zone_scene *scene, const char *zone,
		    const char *server);
/* "_25._tcp.mNUMBER.ZONE", and the resolver knows where it is; the text is
 * allocated. */
char *zone_scene_owner(struct zone_scene *scene, const char *zone,
		       unsigned number);
/* SERVER, of ZONE, has "3 1 1 DATA" at OWNER. */
void zone_scene_publish(struct zone_scene *scene, const char *server,
			const char *owner, const char *data);

/* The world of SCENE where nothing is signed unless by who asks, and in both
 * random octets are 0x5a: so names that nobody made are the same each time. */
struct world zone_scene_bare(struct zone_scene *scene);
