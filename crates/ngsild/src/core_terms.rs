//! The terms that the core context v1.9 defines itself. No user context can redefine one (clause 5.5.7).

/// Terms in alphabetical order of bytes, for binary search. Keywords (`id`, `type`) are among them.
const TERMS: &[&str] = &[
    "Attribute", "AttributeList", "ContextSourceIdentity", "ContextSourceNotification",
    "ContextSourceRegistration", "Date", "DateTime", "EntityMap", "EntityType", "EntityTypeInfo",
    "EntityTypeList", "ExecutionResultDetails", "Feature", "FeatureCollection", "GeoProperty",
    "GeometryCollection", "JsonProperty", "LanguageProperty", "LineString", "ListProperty",
    "ListRelationship", "MultiLineString", "MultiPoint", "MultiPolygon", "Notification", "Point",
    "Polygon", "Property", "Relationship", "Snapshot", "SnapshotNotification", "Subscription",
    "TemporalProperty", "Time", "VocabProperty", "accept", "aggrMethods", "aggrParams",
    "aggrPeriodDuration", "attributeCount", "attributeDetails", "attributeList", "attributeName",
    "attributeNames", "attributeTypes", "attributes", "attrs", "avg", "bbox", "cacheDuration",
    "collation", "containedBy", "contextSourceAlias", "contextSourceExtras", "contextSourceInfo",
    "contextSourceTimeAt", "contextSourceUptime", "cooldown", "coordinates", "createdAt", "csf", "data",
    "dataset", "datasetId", "deletedAt", "description", "detail", "distinctCount", "endAt", "endTimeAt",
    "endpoint", "entities", "entity", "entityCount", "entityId", "entityList", "entityMap",
    "entityMapLifetime", "error", "errors", "expandValues", "expiresAt", "features", "format", "geoQ",
    "geometry", "geoproperty", "georel", "id", "idPattern", "information", "instanceId", "isActive",
    "join", "joinLevel", "json", "jsonKeys", "jsonldContext", "jsons", "key", "lang", "langString",
    "languageMap", "languageMaps", "lastFailure", "lastN", "lastNotification", "lastSuccess",
    "lastUsedAt", "linkedMaps", "localOnly", "location", "management", "managementInterval", "max", "min",
    "mode", "modifiedAt", "ngsildConformance", "ngsildproof", "notUpdated", "notification",
    "notificationTrigger", "notifiedAt", "notifierInfo", "object", "objectList", "objectLists",
    "objectType", "objects", "observationInterval", "observationSpace", "observedAt", "omit",
    "operationSpace", "operations", "orderBy", "ordering", "pick", "previousJson", "previousLanguageMap",
    "previousObject", "previousObjectList", "previousValue", "previousValueList", "previousVocab",
    "problemDetails", "properties", "propertyNames", "q", "reason", "receiverInfo", "refreshRate",
    "registrationId", "registrationName", "relationshipNames", "resultStatus", "scope", "scopeQ",
    "showChanges", "snapshotId", "snapshotLifetime", "snapshotPriority", "snapshotQueries",
    "snapshotQueriesDetails", "snapshotStatus", "snapshotTemporalQueries",
    "snapshotTemporalQueriesDetails", "splitEntities", "startAt", "status", "stddev", "subscriptionId",
    "subscriptionName", "success", "sum", "sumsq", "sysAttrs", "temporalQ", "tenant", "throttling",
    "timeAt", "timeInterval", "timeout", "timeproperty", "timerel", "timesFailed", "timesSent", "title",
    "totalCount", "triggerReason", "type", "typeList", "typeName", "typeNames", "unchanged", "unitCode",
    "updated", "uri", "value", "valueList", "valueLists", "valueType", "values", "vocab", "vocabs",
    "watchedAttributes",
];

/// Whether the core context defines the term.
pub(crate) fn is_core(term: &str) -> bool {
    TERMS.binary_search(&term).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_knows_its_own() {
        assert!(TERMS.is_sorted());
        for term in ["location", "id", "title", "watchedAttributes", "Attribute"] {
            assert!(is_core(term), "{term}");
        }
        assert!(!is_core("level") && !is_core("水位"));
    }
}
