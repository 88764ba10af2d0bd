package dev.chord.sim;

import dev.chord.core.blocks.Arrival;
import dev.chord.core.blocks.BlockEngine;
import dev.chord.core.blocks.BlockHost.Need;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.blocks.Bytes;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Placement;
import dev.chord.core.placement.Precedence;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Which blocks files are made of, and how they come into a simulated ring: as the client library does, each
 * block is put, then all holders are told that it is needed, and only then a name is written that stands for
 * the file.
 */
public final class SimulatedFiles {
    private static final int COPIES = SimulationSettings.WRITE_QUORUM; // fewer may go with the next process that dies
    private static final int TRIES = 4;
    private static final long CALL = 3 * Simulation.SECOND;

    private final Map<Long, Identifier> values = new TreeMap<>(); // content, by what is written under a name
    private final Map<Identifier, List<Identifier>> contents = new TreeMap<>(); // chunks, by what lists them
    private long uploads;

    /** A file: what lists its chunks, and these. */
    public record Content(Identifier manifest, List<Identifier> chunks) {
        List<Identifier> blocks() {
            List<Identifier> all = new ArrayList<>(List.of(manifest));
            all.addAll(chunks);
            return all;
        }
    }

    /** A block is what its digest says. */
    private record Block(Identifier digest) implements Bytes {
        @Override
        public int size() {
            return 1;
        }
    }

    SimulatedFiles() {}

    /** Whether there is none. */
    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** From now on a value that is written under a name stands for a file. */
    public void stand(long value, Content content) {
        values.put(value, content.manifest());
        contents.put(content.manifest(), content.chunks());
    }

    /** What a name's record needs; empty: nothing. */
    public Optional<Need> need(Record record) {
        if (record.deleted() || record.kind() != Record.NAME) {
            return Optional.empty();
        }
        return Optional.ofNullable(values.get(SimulatedValue.of(record))).map(content -> new Need(content, 0, false));
    }

    Optional<List<Identifier>> chunks(Identifier content) {
        return Optional.ofNullable(contents.get(content));
    }

    /** All blocks that a name's record needs. */
    public List<Identifier> blocks(Record record) {
        return need(record)
                .map(need -> new Content(need.content(), chunks(need.content()).orElse(List.of())).blocks())
                .orElse(List.of());
    }

    /**
     * Stores all blocks of a file.
     *
     * @param then whether all are held by enough, who have been told that they are needed
     */
    public void put(SimulatedProcess through, Content content, Consumer<Boolean> then) {
        Precedence upload = new Precedence(content.blocks().size(), Identifier.of(++uploads));
        new Upload(through, content, upload, then).put(new TreeSet<>(content.blocks()), TRIES);
    }

    private static final class Upload {
        private final SimulatedProcess through;
        private final Content content;
        private final Precedence upload;
        private final Consumer<Boolean> then;

        Upload(SimulatedProcess through, Content content, Precedence upload, Consumer<Boolean> then) {
            this.through = through;
            this.content = content;
            this.upload = upload;
            this.then = then;
        }

        void put(Set<Identifier> lacking, int tries) {
            if (tries == 0) {
                release();
                return;
            }
            int[] left = {lacking.size()};
            for (Identifier digest : lacking) {
                chain(
                        digest,
                        chain -> put(digest, chain, () -> {
                            if (--left[0] == 0) {
                                confirm(tries);
                            }
                        }));
            }
        }

        private void put(Identifier digest, List<Peer> chain, Runnable done) {
            if (chain.isEmpty()) {
                done.run();
                return;
            }
            int copies = through.ring().settings().ring().replicas();
            Arrival block = new Arrival(digest, new Block(digest), copies, OptionalLong.empty(), upload);
            Call.Exchange<BlockEngine.Stored> exchange = new Call.Exchange<>() {
                @Override
                public void serve(SimulatedProcess at, Call<BlockEngine.Stored> call) {
                    call.watch();
                    at.blocks().put(block, chain, call::answer);
                }

                @Override
                public void answered(BlockEngine.Stored answer) {
                    done.run();
                }

                @Override
                public void failed(Event.Failure failure) {
                    done.run();
                }
            };
            through.run(() -> Call.once(through, chain.get(0).endpoint(), exchange, CALL));
        }

        // Whoever does not answer counts as not holding anything.
        private void confirm(int tries) {
            Set<Identifier> lacking = new TreeSet<>();
            int[] left = {content.blocks().size()};
            for (Identifier digest : content.blocks()) {
                tell(digest, new BlockQuestion.Renew(List.of(digest), 0, false, upload.upload()), held -> {
                    if (held < COPIES) {
                        lacking.add(digest);
                    }
                    if (--left[0] > 0) {
                        return;
                    }
                    if (lacking.isEmpty()) {
                        then.accept(true);
                    } else {
                        put(lacking, tries - 1);
                    }
                });
            }
        }

        private void release() {
            for (Identifier digest : content.blocks()) {
                chain(
                        digest,
                        chain -> chain.forEach(peer -> through.run(() -> SimulatedBlockHost.ask(
                                through, peer, new BlockQuestion.Release(upload.upload()), CALL, gone -> {}))));
            }
            then.accept(false);
        }

        private void tell(Identifier digest, BlockQuestion<List<Integer>> question, Consumer<Integer> then) {
            chain(digest, chain -> {
                int[] counts = {chain.size(), 0};
                if (chain.isEmpty()) {
                    then.accept(0);
                }
                for (Peer peer : chain) {
                    through.run(() -> SimulatedBlockHost.ask(through, peer, question, CALL, lacking -> {
                        counts[1] += lacking.filter(List::isEmpty).isPresent() ? 1 : 0;
                        if (--counts[0] == 0) {
                            then.accept(counts[1]);
                        }
                    }));
                }
            });
        }

        private void chain(Identifier key, Consumer<List<Peer>> found) {
            Optional<NodeState> router =
                    through.members().stream().filter(s -> s.phase().routes()).findFirst();
            if (router.isEmpty()) {
                found.accept(List.of());
                return;
            }
            through.run(() -> through.command(router.get().self().id(), new Command.FindSuccessor(key), outcome -> {
                List<Peer> chain =
                        outcome instanceof Outcome.LookedUp up ? up.result().chain() : List.of();
                found.accept(Placement.holders(chain, chain.size()));
            }));
        }
    }
}
