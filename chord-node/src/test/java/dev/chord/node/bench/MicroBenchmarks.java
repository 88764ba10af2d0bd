package dev.chord.node.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RingCodec;
import dev.chord.core.check.RingOracle;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Chord;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Transition;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.ring.RingSettings;
import dev.chord.proto.v1.RingReply;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * The small things that everything else is made of, measured by JMH. Not part of a build, for its name does
 * not end as tests' names do: {@code mvn -pl chord-node -am test -Dtest=MicroBenchmarks
 * -Dsurefire.failIfNoSpecifiedTests=false}; {@code -Dchord.micro=PATTERN} picks some.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MicroBenchmarks {
    private static final int MEMBERS = 1_000;
    private static final int MANY = 1_024;

    private final Identifier[] keys = new Identifier[MANY];
    private final byte[] block = new byte[1 << 20];
    private Arc arc = new Arc(Identifier.ZERO, Identifier.ZERO);
    private NodeState state = NodeState.settled(
            RingSettings.DEFAULT,
            new RingOracle(List.of(peer(Identifier.of(1))), RingSettings.DEFAULT).view(peer(Identifier.of(1))));
    private Reply.Step step;
    private byte[] packed;
    private int next;

    private static Peer peer(Identifier id) {
        return new Peer(id, new Endpoint("127.0.0.1", 7450), "default", id, 1);
    }

    @Setup
    public void setUp() {
        SplittableRandom random = new SplittableRandom(1);
        random.nextBytes(block);
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            peers.add(peer(random(random)));
        }
        for (int i = 0; i < MANY; i++) {
            keys[i] = random(random);
        }
        arc = new Arc(keys[0], keys[1]);
        state = new RingOracle(peers, RingSettings.DEFAULT).state(peers.get(0));
        Transition asked = Chord.step(state, new Event.Received(1, Optional.empty(), new Request.FindStep(keys[2], 8)));
        step = asked.actions().stream()
                .filter(Action.Respond.class::isInstance)
                .map(a -> (Reply.Step) ((Action.Respond) a).reply())
                .findFirst()
                .orElseThrow();
        packed = RingCodec.out(step).toByteArray();
    }

    private static Identifier random(SplittableRandom random) {
        byte[] bytes = new byte[Identifier.BYTES];
        random.nextBytes(bytes);
        return Identifier.ofBytes(bytes);
    }

    private Identifier key() {
        return keys[next++ & (MANY - 1)];
    }

    @Benchmark
    public int identifierCompare() {
        return key().compareTo(keys[7]);
    }

    @Benchmark
    public Identifier identifierDistance() {
        return IdentifierCircle.FULL.distance(key(), keys[7]);
    }

    @Benchmark
    public boolean arcContains() {
        return arc.contains(key());
    }

    @Benchmark
    public List<Peer> fingerSearch() {
        return state.view().closestPreceding(key(), 8);
    }

    @Benchmark
    public Transition stepOfALookup() {
        return Chord.step(state, new Event.Received(1, Optional.empty(), new Request.FindStep(key(), 8)));
    }

    @Benchmark
    public Transition stepOfStabilize() {
        return Chord.step(state, new Event.Tick(Event.Timer.STABILIZE));
    }

    @Benchmark
    public byte[] encodeAnAnswer() {
        return RingCodec.out(step).toByteArray();
    }

    @Benchmark
    public Reply decodeAnAnswer() throws InvalidProtocolBufferException, MalformedMessageException {
        return RingCodec.in(RingReply.parseFrom(packed));
    }

    @Benchmark
    public Identifier hashOneMebibyte() {
        return Identifier.sha256(ByteBuffer.wrap(block));
    }

    @Test
    void run() throws RunnerException {
        new Runner(new OptionsBuilder()
                        .include(
                                MicroBenchmarks.class.getSimpleName() + "\\." + System.getProperty("chord.micro", ".*"))
                        .shouldFailOnError(true)
                        .build())
                .run();
    }
}
