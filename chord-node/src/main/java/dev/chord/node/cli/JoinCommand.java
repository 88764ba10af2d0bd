package dev.chord.node.cli;

import dev.chord.client.wire.WireCodec;
import dev.chord.proto.v1.JoinReply;
import dev.chord.proto.v1.JoinRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code chord join}: a lone node joins others. */
@Command(
        name = "join",
        description = "Let the running node, a ring of its own so far, join another ring.",
        mixinStandardHelpOptions = true)
final class JoinCommand implements Callable<Integer> {
    @ParentCommand
    ChordCommand root;

    @Parameters(arity = "1..*", paramLabel = "HOST:PORT", description = "nodes of the ring to join")
    List<String> seeds = List.of();

    @Override
    public Integer call() {
        Duration limit = root.globals.limit().plusSeconds(15);
        JoinReply reply = AdminCalls.call(
                root.globals,
                limit,
                stub -> stub.join(JoinRequest.newBuilder().addAllSeeds(seeds).build()));
        String id = WireCodec.in(reply.getSelf()).id().toHex();
        root.globals.output().result(Map.of("id", id), List.of("joined as " + id.substring(0, 10)));
        return 0;
    }
}
