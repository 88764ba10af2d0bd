package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.message.Phase;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;

/** What changed in a member, told to the process around it. */
public sealed interface Fact {
    record PhaseChanged(Phase from, Phase to) implements Fact {}

    record SuccessorsChanged(List<Peer> from, List<Peer> to) implements Fact {}

    record PredecessorChanged(Optional<Peer> from, Optional<Peer> to) implements Fact {}

    record OwnershipChanged(Optional<Arc> from, Optional<Arc> to) implements Fact {}

    record PeerPresumedDead(Peer peer, String reason) implements Fact {}
}
