package dev.chord.node.rpc;

import dev.chord.core.bounds.DynamicShare;
import java.util.HashMap;
import java.util.Map;

/** A bounded room that callers share as {@link DynamicShare} says: permits, or bytes. Thread-safe. */
final class FairRoom {
    private final long size;
    private final Map<Object, Long> held = new HashMap<>();
    private long taken;

    FairRoom(long size) {
        this.size = size;
    }

    /** Takes some for a caller, or says that there is too little left for it. */
    synchronized boolean take(Object caller, long amount) {
        long mine = held.getOrDefault(caller, 0L);
        if (!DynamicShare.allows(mine, amount, size - taken)) {
            return false;
        }
        held.put(caller, mine + amount);
        taken += amount;
        return true;
    }

    /** Gives back what was taken. */
    synchronized void give(Object caller, long amount) {
        held.computeIfPresent(caller, (c, mine) -> mine <= amount ? null : mine - amount);
        taken -= amount;
    }

    synchronized long taken() {
        return taken;
    }
}
