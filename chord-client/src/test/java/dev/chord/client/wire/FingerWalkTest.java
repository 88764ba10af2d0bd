package dev.chord.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.FingerTable;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingView;
import dev.chord.core.ring.SuccessorList;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A member on another host, which answers the ring's questions and refuses administration. */
class FingerWalkTest {
    private static final IdentifierCircle CIRCLE = IdentifierCircle.FULL;
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Peer SELF = peer(0);

    private static Peer peer(int number) {
        Identifier id = Identifier.sha256(("member " + number).getBytes(StandardCharsets.UTF_8));
        return new Peer(id, new Endpoint("n" + number, 7450), "z", id, 1);
    }

    /** The view of SELF in a ring at rest. */
    private static RingView view(int members) {
        List<Peer> others = IntStream.range(1, members)
                .mapToObj(FingerWalkTest::peer)
                .sorted(Comparator.comparing(p -> CIRCLE.distance(SELF.id(), p.id())))
                .toList();
        FingerTable fingers = FingerTable.empty();
        for (int i = 0; i < CIRCLE.fingers(); i++) {
            Identifier reach = CIRCLE.distance(SELF.id(), CIRCLE.fingerStart(SELF.id(), i));
            Optional<Peer> finger = others.stream()
                    .filter(p -> CIRCLE.distance(SELF.id(), p.id()).compareTo(reach) >= 0)
                    .findFirst();
            if (finger.isPresent()) {
                fingers = fingers.with(i, i, finger.get());
            }
        }
        SuccessorList successors = SuccessorList.empty(SELF.id(), 4).rebuilt(others);
        return new RingView(SELF, Optional.empty(), successors, fingers);
    }

    /** Answers as a member with that view does. */
    private record Elsewhere(RingView view) implements Outside {
        @Override
        public Time time() {
            return Time.REAL;
        }

        @Override
        public long operation() {
            return 1;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <Q, A> ListenableFuture<A> call(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit) {
            if (!to.equals(SELF.endpoint()) || !method.equals(RingServiceGrpc.getExchangeMethod())) {
                return Futures.immediateFailedFuture(Status.PERMISSION_DENIED.asRuntimeException());
            }
            Request.FindStep find = (Request.FindStep) RingCodec.in((RingRequest) request);
            List<Peer> successors = view.successors().entries();
            Reply.Neighborhood at = new Reply.Neighborhood(
                    SELF,
                    Phase.MEMBER,
                    Optional.empty(),
                    successors,
                    false,
                    true,
                    Optional.of(new Arc(SELF.id(), SELF.id())),
                    0);
            List<Peer> closer = view.closestPreceding(find.key(), find.width()).stream()
                    .filter(p -> !successors.contains(p))
                    .toList();
            return (ListenableFuture<A>) Futures.immediateFuture(RingCodec.out(new Reply.Step(at, closer)));
        }
    }

    @Test
    void fingersAreThoseOfTheTable() {
        for (int members : new int[] {1, 2, 5, 40, 3000}) {
            RingView view = view(members);
            assertThat(new FingerWalk(new Elsewhere(view), SELF, LIMIT).fingers())
                    .as("%s members", members)
                    .isEqualTo(view.fingers().runs());
        }
    }

    @Test
    void whoDoesNotAnswerIsNamed() {
        Elsewhere others = new Elsewhere(view(2));
        assertThatThrownBy(() -> new FingerWalk(others, peer(1), LIMIT).fingers())
                .isInstanceOfSatisfying(
                        ChordException.class, e -> assertThat(e.code()).isNotEqualTo(ErrorCode.NOT_FOUND));
    }
}
