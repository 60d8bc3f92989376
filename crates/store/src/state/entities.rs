//! Entities by id, found by a hash so that a search compares numbers that lie side by side.
//!
//! Measured with a million entities: comparing ids themselves follows a pointer at each of twenty steps,
//! and copying a shared leaf touches the counter of every id in it; both vanish here. Two ids with one hash
//! stand in slots 0, 1, … of it.

use imbl::OrdMap;
use model::Entity;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

/// Entities of one tenant by id; lists in the order of ids are kept elsewhere.
#[derive(Clone, Default)]
pub(crate) struct Entities {
    map: OrdMap<(u64, u32), Arc<Entity>>,
}

/// SipHash with a fixed key: it never leaves the memory of this process.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(id.as_bytes());
    hasher.finish()
}

impl Entities {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Entity>> {
        self.map.get(&self.find(hash(id), id).ok()?)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Arc<Entity>> {
        let place = self.find(hash(id), id).ok()?;
        self.map.get_mut(&place)
    }

    /// Puts an entity in the place of the one with its id; gives that.
    pub(crate) fn insert(&mut self, entity: Arc<Entity>) -> Option<Arc<Entity>> {
        self.insert_at(hash(entity.key.id.as_str()), entity)
    }

    /// Puts many in, in the order of hashes: neighbours then go into one leaf.
    pub(crate) fn insert_many(&mut self, entities: &[Arc<Entity>]) {
        let mut order: Vec<(u64, usize)> =
            entities.iter().enumerate().map(|(i, e)| (hash(e.key.id.as_str()), i)).collect();
        order.sort_unstable();
        for (hash, i) in order {
            self.insert_at(hash, entities[i].clone());
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Entity>> {
        self.remove_at(hash(id), id)
    }

    fn insert_at(&mut self, hash: u64, entity: Arc<Entity>) -> Option<Arc<Entity>> {
        let (Ok(place) | Err(place)) = self.find(hash, entity.key.id.as_str());
        self.map.insert(place, entity)
    }

    fn remove_at(&mut self, hash: u64, id: &str) -> Option<Arc<Entity>> {
        let place = self.find(hash, id).ok()?;
        let removed = self.map.remove(&place);
        // The last of the hash moves into the gap, so that a search can stop at the first free slot.
        let mut last = place;
        while self.map.contains_key(&(hash, last.1 + 1)) {
            last.1 += 1;
        }
        if last != place
            && let Some(moved) = self.map.remove(&last)
        {
            self.map.insert(place, moved);
        }
        removed
    }

    /// Where the id is, or the free slot for it.
    fn find(&self, hash: u64, id: &str) -> Result<(u64, u32), (u64, u32)> {
        let mut place = (hash, 0);
        while let Some(entity) = self.map.get(&place) {
            if entity.key.id == *id {
                return Ok(place);
            }
            place.1 += 1;
        }
        Err(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{EntityKey, Time};

    fn entity(id: &str, version: u64) -> Arc<Entity> {
        let (attributes, time) = (Vec::new(), Time(0));
        let (key, types) = (EntityKey::city(id), Vec::new());
        Arc::new(Entity { key, types, attributes, created_at: time, modified_at: time, version })
    }

    #[test]
    fn ids_with_one_hash_stand_beside_each_other() {
        let mut entities = Entities::default();
        for (i, id) in ["a", "b", "c", "d"].iter().enumerate() {
            assert!(entities.insert_at(7, entity(id, i as u64)).is_none());
        }
        assert_eq!(entities.insert_at(7, entity("c", 9)).unwrap().version, 2);
        for gone in ["b", "d", "a", "c"] {
            assert_eq!(entities.remove_at(7, gone).unwrap().key.id, *gone);
            assert!(entities.find(7, gone).is_err() && entities.remove_at(7, gone).is_none());
            let left = entities.map.values().all(|e| entities.find(7, e.key.id.as_str()).is_ok());
            assert!(left, "without {gone} the others are found");
        }
        assert!(entities.map.is_empty());
    }

    #[test]
    fn an_entity_is_found_and_changed_by_its_id() {
        let mut entities = Entities::default();
        let many: Vec<_> = (0..500).map(|i| entity(&format!("urn:e:{i}"), i)).collect();
        entities.insert_many(&many[..250]);
        many[250..].iter().for_each(|e| assert!(entities.insert(e.clone()).is_none()));
        let before = entities.clone();
        Arc::make_mut(entities.get_mut("urn:e:7").unwrap()).version = 1_000;
        assert_eq!(entities.remove("urn:e:8").unwrap().version, 8);
        assert_eq!(
            (entities.get("urn:e:7").unwrap().version, before.get("urn:e:7").unwrap().version),
            (1_000, 7)
        );
        assert!(entities.get("urn:e:8").is_none() && before.get("urn:e:8").is_some());
        assert!(entities.get("urn:e:500").is_none() && entities.get_mut("").is_none());
    }
}
