package dev.chord.core.message;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** What members ask of each other. */
public sealed interface Request {
    /** Are you there? Answered with {@link Reply.Neighborhood}, so that the asker sees the phase too. */
    record Ping() implements Request {}

    /** Predecessor and successor list, read at one instant. */
    record GetNeighborhood() implements Request {}

    /** One step of a lookup: answered with {@link Reply.Step}. */
    record FindStep(Identifier key, int width) implements Request {}

    /** Let me in behind you: answered with the list that becomes the joiner's. */
    record JoinThrough(Peer joiner) implements Request {}

    /** I believe I am your predecessor (SIGCOMM 2001, figure 6). */
    record Notify(Peer notifier) implements Request {}

    /**
     * May I leave now? Asked of both neighbours, who must see the leaver where it believes to be.
     *
     * @param before the one asked comes right before the leaver
     * @param after the one asked comes right after the leaver
     */
    record PrepareLeave(boolean before, boolean after) implements Request {}

    /** I am going; here are my neighbours (ToN 2003, section IV-E.4). */
    record Departing(Optional<Peer> predecessor, List<Peer> successors) implements Request {}

    /**
     * Who comes after you, as far as you know? Answered with {@link Reply.Members}. For tables of
     * all members.
     */
    record ListMembers(int limit) implements Request {}

    /**
     * News for everyone: the peer is a member, and nobody is between it and that point.
     *
     * @param until whoever hears this passes it on to all that come after it and before this point
     */
    record Announce(Peer before, Identifier point, Identifier until) implements Request {}
}
