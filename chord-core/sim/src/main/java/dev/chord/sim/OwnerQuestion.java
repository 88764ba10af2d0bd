package dev.chord.sim;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Event;
import dev.chord.core.ring.Peer;
import java.util.Optional;

/** The question with which a lookup is verified. */
public final class OwnerQuestion {
    private OwnerQuestion() {}

    /**
     * What a member says when it is asked whether it owns a key: itself, if so; or who else to ask, if
     * it knows.
     */
    public interface Answer {
        void answered(Optional<Peer> owner);

        void failed(Event.Failure failure);
    }

    /** Asks a member whether it owns a key. */
    public static void ask(SimulatedProcess asker, Peer member, Identifier key, Answer then) {
        Call.Exchange<Optional<Peer>> exchange = new Call.Exchange<>() {
            @Override
            public void serve(SimulatedProcess at, Call<Optional<Peer>> call) {
                call.answer(at.member(member.id())
                        .flatMap(s -> s.ownership().answers(key)
                                ? Optional.of(s.self())
                                : s.view().predecessor()));
            }

            @Override
            public void answered(Optional<Peer> owner) {
                then.answered(owner);
            }

            @Override
            public void failed(Event.Failure failure) {
                then.failed(failure);
            }
        };
        Call.start(asker, member.endpoint(), exchange);
    }
}
