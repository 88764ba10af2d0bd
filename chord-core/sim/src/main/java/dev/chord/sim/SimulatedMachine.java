package dev.chord.sim;

import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** What outlives the processes at an endpoint: a disk, clocks, and a notebook of peers. */
public final class SimulatedMachine {
    private final SimulatedDisk disk;
    private final SimulatedClock clock;
    private List<Peer> notebook = List.of();
    private Optional<DiskContents> backup = Optional.empty();

    SimulatedMachine(Simulation simulation, Delay delay, String name, double rate) {
        this.clock = new SimulatedClock(simulation, rate);
        this.disk = new SimulatedDisk(simulation, delay, name, clock::timeOfDay);
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public SimulatedClock clock() {
        return clock;
    }

    /** Whom the last process here knew when it died. */
    List<Peer> notebook() {
        return notebook;
    }

    void note(List<Peer> known) {
        notebook = known;
    }

    /** It gets an empty disk: it knows nothing. */
    void wipe() {
        disk.wipe();
        notebook = List.of();
    }

    /** Keeps a copy of all that is on the disk. */
    public void backUp() {
        backup = Optional.of(disk.contents());
    }

    /** The disk is as it was at the last backup; whether there was one. No process may be there. */
    public boolean rollBack() {
        backup.ifPresent(disk::restore);
        return backup.isPresent();
    }

    /** It gets a copy of another one's disk. */
    void copy(SimulatedMachine other) {
        disk.restore(other.disk.contents());
        notebook = other.notebook;
    }
}
