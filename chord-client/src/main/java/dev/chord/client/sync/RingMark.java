package dev.chord.client.sync;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a folder remembers of its ring, to know it again: its name, which many rings have, and processes that
 * were members, latest last. Each process has an identity of its own that lives on its disk, so a ring of the
 * same name whose members are all unknown is another ring, or has lost all its disks. Pure.
 */
record RingMark(String name, List<Identifier> processes) {
    private static final int REMEMBERED = 64;

    RingMark {
        if (processes.isEmpty()) {
            throw new IllegalArgumentException("a mark without a process would take any ring of the name for the same");
        }
        processes = List.copyOf(processes);
    }

    /** Whether what is seen now is the ring that is remembered here. */
    boolean knows(RingMark now) {
        return name.equals(now.name) && now.processes.stream().anyMatch(processes::contains);
    }

    /** The same ring as it is now, with some of those that were members before. */
    RingMark with(RingMark now) {
        Set<Identifier> all = new LinkedHashSet<>(processes);
        all.removeAll(now.processes);
        all.addAll(now.processes);
        List<Identifier> latest = new ArrayList<>(all);
        return new RingMark(name, latest.subList(Math.max(0, latest.size() - REMEMBERED), latest.size()));
    }
}
