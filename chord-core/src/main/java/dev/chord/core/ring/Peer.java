package dev.chord.core.ring;

import dev.chord.core.id.Identifier;

/**
 * A member of the ring as others know it.
 *
 * @param id its point on the circle
 * @param endpoint where its process listens
 * @param zone the failure zone its operator named
 * @param process the process that hosts it; members of one process share its fate, so they count once
 *     for copies
 * @param incarnation grows with every start of the process: what is said by or of an older one is void
 * @param weight how much of the blocks its process wants to keep beside the others, in any unit, at least 1;
 *     the same for one incarnation
 */
public record Peer(Identifier id, Endpoint endpoint, String zone, Identifier process, long incarnation, long weight) {
    public Peer {
        if (weight < 1) {
            throw new IllegalArgumentException("a weight of " + weight);
        }
    }

    /** One that keeps as much as any other. */
    public Peer(Identifier id, Endpoint endpoint, String zone, Identifier process, long incarnation) {
        this(id, endpoint, zone, process, incarnation, 1);
    }

    /** Whether both are lives of the same member. */
    public boolean sameMember(Peer other) {
        return id.equals(other.id);
    }

    /** Whether the other is an older life of this member. */
    public boolean supersedes(Peer other) {
        return sameMember(other) && incarnation > other.incarnation;
    }

    // Written out for the reason given at Arc.
    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Peer p
                        && id.equals(p.id)
                        && incarnation == p.incarnation
                        && weight == p.weight
                        && process.equals(p.process)
                        && endpoint.equals(p.endpoint)
                        && zone.equals(p.zone);
    }

    @Override
    public int hashCode() {
        return 31 * id.hashCode() + Long.hashCode(incarnation);
    }

    @Override
    public String toString() {
        return id + "@" + endpoint;
    }
}
