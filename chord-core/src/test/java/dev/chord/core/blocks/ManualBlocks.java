package dev.chord.core.blocks;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.placement.Precedence;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Lookup;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.ring.RingView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A process at 30 of a ring of 20, 30, 40 and 50, whose clock stands still and whose questions nobody answers
 * until a test does. Its disk answers at once, unless it is held up.
 */
final class ManualBlocks implements BlockHost, BlockDisk {
    static final long HOUR = 3_600_000_000L;
    static final Peer SELF = peer(30);
    static final Peer SECOND = peer(40);
    static final Peer THIRD = peer(50);
    static final Peer FOURTH = peer(20);
    static final Identifier BLOCK = Identifier.of(25);
    static final Refusal FULL = new Refusal() {};
    static final BlockLimits LIMITS = BlockLimits.DEFAULT.withLeases(10 * HOUR, 3 * HOUR);

    private static final RingSettings RING = new RingSettings(new IdentifierCircle(8), 4, 3, 2, 1);

    final TreeMap<Identifier, Bytes> files = new TreeMap<>();
    final Map<Identifier, Integer> wishes = new TreeMap<>();
    final Set<Identifier> condemned = new TreeSet<>();
    final Set<Identifier> damaged = new TreeSet<>();
    final List<Name> names = new ArrayList<>();
    final Map<Identifier, List<Identifier>> chunks = new TreeMap<>();
    final Deque<Runnable> held = new ArrayDeque<>(); // what the disk has not done yet
    final List<Sent<?>> sent = new ArrayList<>();
    List<Peer> chain = List.of(SELF, SECOND, THIRD, FOURTH);
    boolean full;
    boolean holding;
    private final NodeState state;
    private long now = 1000 * HOUR;

    ManualBlocks() {
        RingView alone = RingView.alone(SELF, RING.successors());
        this.state = NodeState.settled(
                RING,
                alone.withSuccessors(alone.successors().rebuilt(List.of(SECOND, THIRD, FOURTH)))
                        .withPredecessor(Optional.of(FOURTH)));
    }

    static Peer peer(long id) {
        return new Peer(Identifier.of(id), new Endpoint("n" + id, 1), "z", Identifier.of(500 + id), 1);
    }

    static Bytes bytes(int size) {
        return () -> size;
    }

    static Arrival arrival(Identifier digest, Precedence upload) {
        return new Arrival(digest, bytes(1), 0, OptionalLong.empty(), upload);
    }

    static Arrival arrival(Identifier digest) {
        return arrival(digest, Precedence.FIRST);
    }

    static BlockQuestion.Renew needed(Identifier... digests) {
        return new BlockQuestion.Renew(List.of(digests), 0, false, Identifier.ZERO);
    }

    static BlockQuestion.Renew deleted(Identifier... digests) {
        return new BlockQuestion.Renew(List.of(digests), 0, true, Identifier.ZERO);
    }

    BlockEngine engine() {
        return new BlockEngine(this, new BlockSettings(3, Long.MAX_VALUE, LIMITS));
    }

    /** What is told at once, if it is. */
    static <T> Optional<T> told(Consumer<Consumer<T>> what) {
        List<T> answers = new ArrayList<>();
        what.accept(answers::add);
        return answers.stream().findFirst();
    }

    static <A> Optional<A> ask(BlockEngine engine, BlockQuestion<A> question) {
        return ManualBlocks.<Optional<A>>told(then -> engine.serve(question, then))
                .flatMap(answer -> answer);
    }

    void advance(long time) {
        now += time;
    }

    // ---- what was asked of others

    record Sent<A>(Peer to, BlockQuestion<A> question, Consumer<Optional<A>> then) {}

    /** Takes the first question of a kind to somebody that has had no answer yet. */
    @SuppressWarnings("unchecked") // a question of this type is sent with answers of its type
    <A> Optional<Sent<A>> asked(Peer to, Class<? extends BlockQuestion<A>> type) {
        Optional<Sent<A>> found = sent.stream()
                .filter(s -> s.to().equals(to) && type.isInstance(s.question()))
                .map(s -> (Sent<A>) s)
                .findFirst();
        found.ifPresent(sent::remove);
        return found;
    }

    void stored(Peer by, boolean kept) {
        asked(by, BlockQuestion.Store.class)
                .orElseThrow()
                .then()
                .accept(kept ? Optional.of(Kept.NEW) : Optional.empty());
    }

    // ---- the host

    @Override
    public long now() {
        return now;
    }

    @Override
    public void after(long delay, Runnable what) {
        what.run();
    }

    @Override
    public List<NodeState> members() {
        return List.of(state);
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        then.accept(new Outcome.LookedUp(new Lookup.Result(BLOCK, Optional.of(FOURTH), chain, List.of())));
    }

    @Override
    public <A> void ask(Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then) {
        sent.add(new Sent<>(peer, question, then));
    }

    @Override
    public BlockDisk disk() {
        return this;
    }

    @Override
    public void names(Arc of, String after, Consumer<Optional<List<Name>>> then) {
        then.accept(Optional.of(
                names.stream().filter(n -> n.label().compareTo(after) > 0).toList()));
    }

    @Override
    public void chunks(Identifier content, Consumer<Optional<List<Identifier>>> then) {
        then.accept(Optional.ofNullable(chunks.get(content)));
    }

    // ---- the disk

    private void soon(Runnable what) {
        if (holding) {
            held.add(what);
        } else {
            what.run();
        }
    }

    void release() {
        holding = false;
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }

    @Override
    public List<Found> all() {
        return files.entrySet().stream()
                .map(e -> new Found(
                        e.getKey(),
                        e.getValue().size(),
                        wishes.getOrDefault(e.getKey(), 0),
                        condemned.contains(e.getKey())))
                .toList();
    }

    @Override
    public boolean has(Identifier digest) {
        return files.containsKey(digest);
    }

    @Override
    public void write(Identifier digest, Bytes bytes, Precedence by, Consumer<Optional<Refusal>> then) {
        soon(() -> {
            if (full) {
                then.accept(Optional.of(FULL));
                return;
            }
            files.put(digest, bytes);
            then.accept(Optional.empty());
        });
    }

    @Override
    public void check(Identifier digest, Consumer<Boolean> then) {
        soon(() -> {
            if (damaged.remove(digest)) {
                files.remove(digest);
            }
            then.accept(files.containsKey(digest));
        });
    }

    @Override
    public void read(Identifier digest, Consumer<Optional<Bytes>> then) {
        soon(() -> then.accept(Optional.ofNullable(files.get(digest))));
    }

    @Override
    public void delete(Identifier digest, Consumer<Boolean> then) {
        soon(() -> {
            files.remove(digest);
            then.accept(true);
        });
    }

    @Override
    public void wish(Map<Identifier, Integer> copies, Consumer<Boolean> then) {
        soon(() -> {
            wishes.putAll(copies);
            then.accept(true);
        });
    }

    @Override
    public void condemned(Collection<Identifier> fresh, Collection<Identifier> noMore) {
        condemned.addAll(fresh);
        condemned.removeAll(noMore);
    }
}
