/**
 * The Chord ring as pure functions, and the predicates that say what a correct ring is. Needs nothing but
 * the JDK.
 */
module dev.chord.core {
    exports dev.chord.core.blocks;
    exports dev.chord.core.bounds;
    exports dev.chord.core.check;
    exports dev.chord.core.id;
    exports dev.chord.core.ring;
    exports dev.chord.core.message;
    exports dev.chord.core.name;
    exports dev.chord.core.protocol;
    exports dev.chord.core.records;
    exports dev.chord.core.placement;
    exports dev.chord.core.trace;
    exports dev.chord.core.version;
}
