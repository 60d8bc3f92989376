//! Context: entities by the NGSI-LD semantics.
