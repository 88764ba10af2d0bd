package dev.chord.client.locate;

import dev.chord.client.error.ChordException;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Members where the ring itself leads to them. What somebody writes into a record, or sends along with a
 * request, may be any address: nobody is dialled there before a lookup has found the process. Thread-safe;
 * blocks as lookups do.
 */
public final class FoundMembers {
    private final KeyLocator locator;

    public FoundMembers(KeyLocator locator) {
        this.locator = locator;
    }

    /**
     * The member that is told of, at the address that a lookup leads to; empty: there is none now, or nobody
     * can tell in time.
     */
    public Optional<Peer> find(Peer told, Duration limit) {
        Optional<Peer> known = locator.known(told.id()).flatMap(chain -> first(chain, told));
        if (known.isPresent()) {
            return known;
        }
        try {
            return first(locator.lookup(told.id(), limit).chain(), told);
        } catch (ChordException e) {
            return Optional.empty();
        }
    }

    /** Those of many that are found, with as few questions as possible. */
    public List<Peer> find(Collection<Peer> told, Duration limit) {
        try {
            locator.locate(told.stream().map(Peer::id).toList(), limit);
        } catch (ChordException e) {
            // each is looked up by itself
        }
        return told.stream().flatMap(peer -> find(peer, limit).stream()).toList();
    }

    private static Optional<Peer> first(List<Peer> chain, Peer told) {
        return chain.stream()
                .limit(1)
                .filter(p -> p.sameMember(told) && p.process().equals(told.process()))
                .findFirst();
    }
}
