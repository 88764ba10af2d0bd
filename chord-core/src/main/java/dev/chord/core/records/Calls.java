package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Ways to ask other processes, and the ring. Belongs to one engine. */
final class Calls {
    private final RecordHost host;

    Calls(RecordHost host) {
        this.host = host;
    }

    /** Asks for one answer; empty: there is none. */
    <A> void one(Peer peer, Question<A> question, long limit, Consumer<Optional<A>> then) {
        host.ask(peer, question, limit, new RecordHost.Replies<A>() {
            private Optional<A> answer = Optional.empty();

            @Override
            public void heard(A heard, Runnable more) {
                answer = Optional.of(heard);
                more.run();
            }

            @Override
            public void ended(boolean whole) {
                then.accept(whole ? answer : Optional.empty());
            }
        });
    }

    /**
     * Asks a holder where it was, and where it is now if it does not answer there: the same process, with the
     * same disk, may have come back under another address than it had when a tenure began.
     */
    <A> QuorumWait.Way<A> anywhere(QuorumWait.Way<A> way) {
        return (peer, then) -> way.ask(peer, answer -> {
            if (answer.isPresent()) {
                then.accept(answer);
                return;
            }
            after(peer.id(), chain -> {
                Optional<Peer> moved = chain.stream()
                        .filter(now -> now.process().equals(peer.process())
                                && !now.endpoint().equals(peer.endpoint()))
                        .findFirst();
                moved.ifPresentOrElse(now -> way.ask(now, then), () -> then.accept(Optional.empty()));
            });
        });
    }

    /** Finds who comes at a point of the circle or after it; none: it cannot be told. */
    void after(Identifier point, Consumer<List<Peer>> then) {
        lookup(point, found -> then.accept(found.map(up -> up.result().chain()).orElse(List.of())));
    }

    /** Looks up who owns a key; empty: nobody was found. */
    void lookup(Identifier key, Consumer<Optional<Outcome.LookedUp>> then) {
        Optional<NodeState> router =
                host.members().stream().filter(s -> s.phase().routes()).findFirst();
        if (router.isEmpty()) {
            then.accept(Optional.empty());
            return;
        }
        host.command(
                router.get().self().id(),
                new Command.FindSuccessor(key),
                outcome -> then.accept(
                        outcome instanceof Outcome.LookedUp up
                                        && !up.result().chain().isEmpty()
                                ? Optional.of(up)
                                : Optional.empty()));
    }
}
