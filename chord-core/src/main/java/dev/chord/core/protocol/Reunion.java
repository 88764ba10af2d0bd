package dev.chord.core.protocol;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/**
 * Makes one ring of two that were cut apart, and orders a ring that has become disordered: nothing in Chord's own
 * maintenance does either (Liben-Nowell et al., PODC 2002; Shafaat et al., P2P 2007). Every now and then a member asks one
 * peer from earlier days that it no longer sees. If that one is in a ring, the member looks up its own identifier there:
 * in one and the same ordered ring the answer is itself. Any other answer is a closer successor, or one from the other
 * ring, and is considered as stabilize considers a candidate: contacted, and adopted only if it is closer than the head.
 */
final class Reunion {
    private Reunion() {}

    static void tick(Turn turn) {
        boolean asking = turn.pending.values().stream().anyMatch(p -> p instanceof AwaitLost)
                || turn.lookups.values().stream().anyMatch(l -> l.purpose() instanceof NodeState.Purpose.ForReunion);
        if (turn.phase == Phase.MEMBER && !asking) {
            next(turn).ifPresent(lost -> {
                turn.lastAsked = Optional.of(lost.id());
                turn.send(lost, new Request.Ping(), new AwaitLost(lost));
            });
        }
    }

    // Round the remembered peers, those in view left out.
    private static Optional<Peer> next(Turn turn) {
        Identifier after = turn.lastAsked.orElse(turn.id());
        return turn.remembered.values().stream()
                .filter(p -> !p.sameMember(turn.self()) && !inView(turn, p))
                .min((a, b) -> a.id().equals(b.id()) ? 0 : Arc.strictlyBetween(after, a.id(), b.id()) ? -1 : 1);
    }

    private static boolean inView(Turn turn, Peer peer) {
        return turn.successors().names(peer.id())
                || turn.view.predecessor().filter(peer::sameMember).isPresent();
    }

    /** The own identifier was looked up where the lost peer lives. */
    static void found(Turn turn, Lookup.Result result) {
        Optional<Peer> owner = result.owner();
        boolean other = owner.filter(o -> !o.sameMember(turn.self())).isPresent();
        if (other && turn.phase == Phase.MEMBER) {
            Stabilize.consider(turn, owner.get());
        }
    }

    /** Whether a peer of earlier days is in a ring. */
    record AwaitLost(Peer lost) implements Pending {
        @Override
        public void answered(Turn turn, Reply reply) {
            boolean member = reply instanceof Reply.Neighborhood at
                    && at.phase() == Phase.MEMBER
                    && at.self().sameMember(lost);
            if (member && turn.phase == Phase.MEMBER) {
                turn.heard(lost);
                Lookups.startAt(turn, lost, new NodeState.Purpose.ForReunion());
            }
        }

        @Override
        public void failed(Turn turn, Event.Failure failure) {
            // Still away, or gone for good: another one is asked next time.
        }
    }
}
