package dev.chord.node.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.Fact;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whatever a transport, an answer or a listener throws: nobody waits for ever, and the loop goes on. */
class NodeLoopTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final RingSettings SETTINGS = new RingSettings(IdentifierCircle.FULL, 4, 3, 2, 3);
    private static final Peer SELF =
            new Peer(Identifier.of(1), new Endpoint("127.0.0.1", 7001), "z", Identifier.of(1), 1);
    private static final Endpoint SEED = new Endpoint("127.0.0.1", 7002);

    private final List<Throwable> faults = new CopyOnWriteArrayList<>();

    private static final class Deaf implements NodeLoop.Listener {
        @Override
        public void fact(Peer member, Fact fact) {
            throw new IllegalStateException("a listener that fails");
        }

        @Override
        public void takeArc(Peer member, Action.TakeArc take) {
            throw new IllegalStateException("a listener that fails");
        }
    }

    private NodeLoop loop(PeerTransport transport) {
        NodeLoop loop = new NodeLoop(transport, new Deaf(), faults::add);
        loop.add(NodeState.outside(SELF, SETTINGS));
        return loop;
    }

    private static boolean waitsForNobody(NodeLoop loop) {
        return loop.states().get(0).pending().size() == 0;
    }

    @Test
    void aTransportThatThrowsIsAPeerThatDoesNotAnswer() throws Exception {
        PeerTransport broken = (to, target, from, request) -> {
            throw new IllegalArgumentException("no such host can be dialled");
        };
        try (NodeLoop loop = loop(broken)) {
            loop.command(SELF.id(), new Command.Join(List.of(SEED)));
            await().atMost(LIMIT).until(() -> !faults.isEmpty() && waitsForNobody(loop));
            goesOn(loop);
        }
    }

    @Test
    void anAnswerThatCannotBeTakenIsNone() throws Exception {
        PeerTransport odd = new PeerTransport() {
            @Override
            @SuppressWarnings("NullAway") // an answer that is none, as nothing should send it
            public CompletableFuture<Reply> send(Endpoint to, Optional<Identifier> target, Peer from, Request request) {
                return CompletableFuture.completedFuture(new Reply.Members(null));
            }
        };
        try (NodeLoop loop = loop(odd)) {
            loop.command(SELF.id(), new Command.Join(List.of(SEED)));
            await().atMost(LIMIT).until(() -> waitsForNobody(loop));
            goesOn(loop);
        }
    }

    // It founds a ring, for which a listener fails, and answers.
    private static void goesOn(NodeLoop loop) throws Exception {
        loop.tick(Event.Timer.STABILIZE);
        Reply reply = loop.receive(Optional.of(SELF.id()), Optional.empty(), new Request.GetNeighborhood())
                .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(reply).isInstanceOf(Reply.Neighborhood.class);
    }
}
