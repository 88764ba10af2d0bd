package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Lets an owner speak for keys without asking each time: so many holders still serve its tenure that no other
 * can have begun (Gray and Cheriton, "Leases", SOSP 1989). Belongs to one engine.
 */
final class ReadLeases {
    private final RecordSettings settings;
    private final Calls calls;
    private final Holder holder;
    private final LeaseBook book;
    private final Map<Asked, List<Consumer<Outcome>>> underWay = new HashMap<>();

    private record Asked(Arc arc, long epoch) {}

    /**
     * What the other holders say.
     *
     * @param given whether enough of them still serve the tenure
     * @param silent those that did not answer, if it was not given
     */
    record Outcome(boolean given, List<Peer> silent) {}

    ReadLeases(RecordSettings settings, Calls calls, Holder holder, LeaseBook book) {
        this.settings = settings;
        this.calls = calls;
        this.holder = holder;
        this.book = book;
    }

    /** Whether it is so without asking anybody. */
    boolean holds(Identifier key, Tenure tenure) {
        return missing(tenure) <= 0 || book.holds(key, tenure.epoch());
    }

    // How many besides the owner itself.
    private int missing(Tenure tenure) {
        return tenure.witnesses(settings.writeQuorum()) - 1;
    }

    /**
     * Finds out.
     *
     * @param owner the member that speaks
     * @param arc all in the tenure, around the key
     */
    void obtain(NodeState owner, Arc arc, Identifier key, Tenure tenure, Consumer<Outcome> then) {
        Asked asked = new Asked(arc, tenure.epoch());
        List<Consumer<Outcome>> earlier = underWay.get(asked);
        if (earlier != null) {
            // A holder may have answered before this value was read: the lease alone counts.
            earlier.add(outcome -> then.accept(new Outcome(holds(key, tenure), outcome.silent())));
            return;
        }
        List<Consumer<Outcome>> waiting = new ArrayList<>(List.of(then));
        underWay.put(asked, waiting);
        new Asking(owner, arc, tenure, outcome -> {
                    underWay.remove(asked);
                    List.copyOf(waiting).forEach(waiter -> waiter.accept(outcome));
                })
                .start();
    }

    /** One round of questions. */
    private final class Asking {
        private final List<Peer> others;
        private final Arc arc;
        private final Tenure tenure;
        private final Consumer<Outcome> then;
        private final long asked = book.asking();
        private final List<Peer> silent = new ArrayList<>();
        private int wanting;
        private int left;
        private boolean over;

        Asking(NodeState owner, Arc arc, Tenure tenure, Consumer<Outcome> then) {
            this.others = tenure.holders().subList(1, tenure.holders().size()).stream()
                    .map(peer -> whereItIs(owner, peer))
                    .toList();
            this.arc = arc;
            this.tenure = tenure;
            this.then = then;
            this.wanting = missing(tenure);
            this.left = others.size();
        }

        void start() {
            Question.Lease question = new Question.Lease(arc, tenure.epoch());
            others.forEach(peer -> calls.one(peer, question, settings.limits().patience(), word -> heard(peer, word)));
        }

        private void heard(Peer peer, Optional<Question.Word> word) {
            word.ifPresent(w -> holder.heed(w.claims()));
            if (over) {
                return;
            }
            left--;
            wanting -= word.map(Question.Word::agreed).orElse(false) ? 1 : 0;
            if (word.isEmpty()) {
                silent.add(peer);
            }
            if (wanting <= 0) {
                over = true;
                book.hold(arc, tenure.epoch(), asked);
                then.accept(new Outcome(true, List.of()));
            } else if (left == 0) {
                over = true;
                then.accept(new Outcome(false, List.copyOf(silent)));
            }
        }
    }

    // A holder may have come back under another address; then the owner knows it as its successor.
    private static Peer whereItIs(NodeState owner, Peer peer) {
        return owner.view().successors().entries().stream()
                .filter(now -> now.process().equals(peer.process()))
                .findFirst()
                .orElse(peer);
    }
}
