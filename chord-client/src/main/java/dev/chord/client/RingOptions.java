package dev.chord.client;

import java.time.Duration;

/**
 * How a client treats a ring.
 *
 * @param ringName the ring that is meant; nodes of another one refuse to talk
 * @param timeout the time any single operation may take; a transfer may take that long for each of its blocks
 * @param replicas copies of each block and record, as the ring's nodes have it configured
 * @param readQuorum copies that have to agree when an owner is out of reach
 * @param window blocks in flight at once in one transfer
 */
public record RingOptions(String ringName, Duration timeout, int replicas, int readQuorum, int window) {
    public static final RingOptions DEFAULT = new RingOptions("default", Duration.ofSeconds(30), 3, 2, 8);

    public RingOptions withRingName(String name) {
        return new RingOptions(name, timeout, replicas, readQuorum, window);
    }

    public RingOptions withTimeout(Duration limit) {
        return new RingOptions(ringName, limit, replicas, readQuorum, window);
    }

    public RingOptions withReplicas(int copies) {
        return new RingOptions(ringName, timeout, copies, Math.min(readQuorum, copies), window);
    }
}
