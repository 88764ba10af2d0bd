package dev.chord.core.blocks;

import dev.chord.core.placement.Placement;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Takes new blocks in from who stores them: keeps each here and on as many other processes as the ring should
 * have copies, before it is acknowledged. Belongs to one engine.
 */
final class NewBlocks {
    private static final int MAX_COPIES = 64;

    private final BlockEngine engine;

    NewBlocks(BlockEngine engine) {
        this.engine = engine;
    }

    /**
     * A new block.
     *
     * @param candidates who may keep it, the owner of its key first; where the ring leads, not where somebody
     *     says that it would
     */
    record Put(Arrival block, List<Peer> candidates) {}

    void put(Put asked, Consumer<BlockEngine.Stored> then) {
        new Incoming(asked, then).start();
    }

    /** One block on its way: who should keep it besides this process, in order, and who does. */
    private final class Incoming {
        private final Arrival block;
        private final BlockQuestion.Store copy;
        private final List<Peer> others;
        private final int wanted;
        private final Consumer<BlockEngine.Stored> then;
        private final TreeSet<Integer> stored = new TreeSet<>(); // places among the others
        private Optional<Kept> here = Optional.empty();
        private int asked;
        private int open;

        Incoming(Put put, Consumer<BlockEngine.Stored> then) {
            this.block = put.block();
            this.then = then;
            int copies = Math.max(1, Math.min(block.copies(), MAX_COPIES));
            this.others = others(put.candidates(), copies);
            this.wanted = Math.min(others.size(), copies - 1);
            this.copy = new BlockQuestion.Store(
                    new Arrival(block.digest(), block.bytes(), block.copies(), OptionalLong.empty(), block.upload()));
        }

        // Those that should keep it come first, and then whoever may stand in for one of them.
        private List<Peer> others(List<Peer> candidates, int copies) {
            Peer self = engine.self();
            List<Peer> chain = new ArrayList<>(candidates);
            chain.removeIf(peer -> peer.process().equals(self.process()));
            chain.add(0, self);
            List<Peer> order = new ArrayList<>(Placement.spread(chain, copies));
            Placement.holders(chain, chain.size()).stream()
                    .filter(peer -> !order.contains(peer))
                    .forEach(order::add);
            return order.subList(1, order.size());
        }

        void start() {
            engine.holder().accept(block, kept -> {
                here = Optional.of(kept);
                endIfOver();
            });
            while (asked < wanted) {
                ask();
            }
        }

        private void ask() {
            int place = asked++;
            open++;
            engine.ask(others.get(place), copy, kept -> {
                open--;
                if (kept.filter(Kept::isKept).isPresent()) {
                    stored.add(place);
                } else if (asked < others.size()) {
                    ask();
                }
                endIfOver();
            });
        }

        private void endIfOver() {
            if (here.isPresent() && open == 0 && (stored.size() >= wanted || asked >= others.size())) {
                List<Peer> holders = new ArrayList<>();
                if (here.get().isKept()) {
                    holders.add(engine.self());
                }
                stored.forEach(place -> holders.add(others.get(place)));
                Kept kept = here.get();
                here = Optional.empty(); // it is told once
                then.accept(new BlockEngine.Stored(kept, List.copyOf(holders)));
            }
        }
    }
}
