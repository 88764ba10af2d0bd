package dev.chord.core.placement;

import dev.chord.core.ring.Peer;
import java.util.Collection;

/** What copies must not have in common, so that they do not go together. */
public enum Spread {
    /** Each in another process. */
    PROCESS,
    /** Each on another host. */
    HOST,
    /** Each in another zone. */
    ZONE;

    /** How many of those who hold something are apart from each other in this sense. */
    public int apart(Collection<Peer> holders) {
        return (int) holders.stream().map(this::place).distinct().count();
    }

    private Object place(Peer peer) {
        return switch (this) {
            case PROCESS -> peer.process();
            case HOST -> peer.endpoint().host();
            case ZONE -> peer.zone();
        };
    }
}
