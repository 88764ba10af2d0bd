package dev.chord.core.ring;

import dev.chord.core.id.IdentifierCircle;

/**
 * What all members of a ring have to agree on, and the thresholds of the protocol.
 *
 * @param circle the identifier circle
 * @param successors r: the length of successor lists, counted in distinct processes, at least 2
 * @param replicas copies of each key, 1 to {@code successors + 1}
 * @param misses calls a peer leaves unanswered, one after the other, before it is presumed dead, at least 1
 * @param width lookup steps in flight at once, at least 1
 * @param oneHop whether each member keeps a table of all others
 */
public record RingSettings(
        IdentifierCircle circle, int successors, int replicas, int misses, int width, boolean oneHop) {
    /** 256 bits, r = 8, three copies. */
    public static final RingSettings DEFAULT = new RingSettings(IdentifierCircle.FULL, 8, 3, 2, 3);

    /** With fingers, and no table of all others. */
    public RingSettings(IdentifierCircle circle, int successors, int replicas, int misses, int width) {
        this(circle, successors, replicas, misses, width, false);
    }

    /** The same with a table of all others. */
    public RingSettings withOneHop() {
        return new RingSettings(circle, successors, replicas, misses, width, true);
    }

    public RingSettings {
        if (successors < 2 || replicas < 1 || replicas > successors + 1 || misses < 1 || width < 1) {
            throw new IllegalArgumentException("settings out of range: successors " + successors + ", replicas "
                    + replicas + ", misses " + misses + ", width " + width);
        }
    }
}
