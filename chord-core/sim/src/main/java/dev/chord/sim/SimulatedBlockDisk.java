package dev.chord.sim;

import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.blocks.Bytes;
import dev.chord.core.blocks.Refusal;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import dev.chord.core.records.RecordDisk.Durability;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A simulated disk as the block engine of one life of a process sees it: files, which become durable in
 * any order.
 */
final class SimulatedBlockDisk implements BlockDisk {
    private static final Refusal NOT_TAKEN = new Refusal() {};

    private final SimulatedDisk.Life life;
    private final Supplier<BlockContents> contents;

    SimulatedBlockDisk(SimulatedDisk.Life life, Supplier<BlockContents> contents) {
        this.life = life;
        this.contents = contents;
    }

    /** Something that is read from the disk, whatever it is. */
    <T> void look(Supplier<T> what, Consumer<Optional<T>> then) {
        life.read(what, then);
    }

    @Override
    public List<Found> all() {
        BlockContents now = contents.get();
        List<Found> found = new ArrayList<>();
        now.files()
                .forEach((digest, bytes) -> found.add(new Found(
                        digest,
                        bytes.size(),
                        now.wishes().getOrDefault(digest, 0),
                        now.condemned().contains(digest))));
        return found;
    }

    @Override
    public boolean has(Identifier digest) {
        return contents.get().files().containsKey(digest);
    }

    @Override
    public void write(Identifier digest, Bytes bytes, Precedence by, Consumer<Optional<Refusal>> then) {
        life.change(
                () -> contents.get().files().put(digest, bytes),
                done -> then.accept(done == Durability.DURABLE ? Optional.empty() : Optional.of(NOT_TAKEN)));
    }

    @Override
    public void check(Identifier digest, Consumer<Boolean> then) {
        life.read(() -> has(digest), found -> then.accept(found.orElse(false)));
    }

    @Override
    public void read(Identifier digest, Consumer<Optional<Bytes>> then) {
        life.read(
                () -> Optional.ofNullable(contents.get().files().get(digest)),
                found -> then.accept(found.flatMap(bytes -> bytes)));
    }

    @Override
    public void delete(Identifier digest, Consumer<Boolean> then) {
        life.change(() -> contents.get().files().remove(digest), done -> then.accept(done == Durability.DURABLE));
    }

    @Override
    public void wish(Map<Identifier, Integer> copies, Consumer<Boolean> then) {
        Runnable note = () -> copies.forEach((digest, number) -> {
            if (number == 0) {
                contents.get().wishes().remove(digest);
            } else {
                contents.get().wishes().put(digest, number);
            }
        });
        life.change(note, done -> then.accept(done == Durability.DURABLE));
    }

    @Override
    public void condemned(Collection<Identifier> now, Collection<Identifier> noMore) {
        Runnable note = () -> {
            contents.get().condemned().addAll(now);
            contents.get().condemned().removeAll(List.copyOf(noMore));
        };
        life.change(note, done -> {});
    }
}
