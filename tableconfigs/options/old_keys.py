"""Keys of old versions of Pinot that no model reads: not kept, and reported as unrecognized (contract 1.8)."""

from tableconfigs.options.option import Fate, Kind, Option


def _old(path: str, kind: Kind, why: str, fate: Fate = Fate.WITHOUT_EFFECT) -> Option:
    return Option(path, kind, None, fate, why)


OLD_KEYS: tuple[Option, ...] = (
    _old(
        "segmentsConfig.schemaName",
        Kind.TEXT,
        "The schema is the one of the table's raw name; where there is none, the one named here is taken.",
        Fate.OWN_WAY,
    ),
    _old("segmentsConfig.segmentAssignmentStrategy", Kind.TEXT, "segments are placed by the hash of their partition"),
    _old("segmentsConfig.columnPartitionMap", Kind.OBJECT, "it belongs into tableIndexConfig.segmentPartitionConfig"),
    _old("segmentsConfig.replicaGroupPartitionConfig", Kind.OBJECT, "every host serves every table"),
    _old("tableIndexConfig.columnPartitionMap", Kind.OBJECT, "it belongs into segmentPartitionConfig"),
    _old("tableIndexConfig.lazyLoad", Kind.FLAG, "files are read as they are needed"),
    _old("tableIndexConfig.indexLoadingConfigs", Kind.OBJECT, "there are no index structures that it could tune"),
)
