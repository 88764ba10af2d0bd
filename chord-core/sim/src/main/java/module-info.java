/** Whole rings of the core's functions in virtual time, with their network, disks, faults and judges. */
module dev.chord.sim {
    requires transitive dev.chord.core;

    exports dev.chord.sim;
    exports dev.chord.sim.burn;
    exports dev.chord.sim.explore;
    exports dev.chord.sim.replay;
    exports dev.chord.sim.study;
}
