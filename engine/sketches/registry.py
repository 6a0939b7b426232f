"""All functions over groups."""

from engine.functions.entry import ArrowFunction
from engine.sketches.arrays import ARRAYS
from engine.sketches.cpc import CPC
from engine.sketches.decimals import DECIMALS
from engine.sketches.frequent import FREQUENT
from engine.sketches.funnels import FUNNELS
from engine.sketches.hyperloglog import HYPERLOGLOG
from engine.sketches.id_sets import ID_SETS
from engine.sketches.quantiles import QUANTILES
from engine.sketches.shapes import SHAPES
from engine.sketches.theta import THETA
from engine.sketches.tuples import TUPLES

GROUP_FUNCTIONS: tuple[ArrowFunction, ...] = (
    *ARRAYS,
    *DECIMALS,
    *FUNNELS,
    *THETA,
    *CPC,
    *HYPERLOGLOG,
    *QUANTILES,
    *FREQUENT,
    *TUPLES,
    *ID_SETS,
    *SHAPES,
)
