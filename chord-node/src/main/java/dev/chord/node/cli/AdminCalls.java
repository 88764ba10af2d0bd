package dev.chord.node.cli;

import dev.chord.client.error.ChordException;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.PeerChannels;
import dev.chord.client.wire.WireErrors;
import dev.chord.core.ring.Endpoint;
import dev.chord.node.config.ConfigKey;
import dev.chord.proto.v1.AdminServiceGrpc;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Calls to the admin service of the node here. */
final class AdminCalls {
    private AdminCalls() {}

    /**
     * Runs one call, with its answers.
     *
     * @throws ChordException as the node answered, or UNREACHABLE
     */
    static <T> T call(Globals globals, Duration limit, Function<AdminServiceGrpc.AdminServiceBlockingStub, T> work) {
        Endpoint endpoint = globals.endpoint();
        try (PeerChannels channels = new PeerChannels(globals.settings().text(ConfigKey.RING_NAME))) {
            return work.apply(AdminServiceGrpc.newBlockingStub(channels.to(endpoint))
                    .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (StatusRuntimeException | MalformedMessageException e) {
            throw WireErrors.fromStatus(e, endpoint);
        }
    }
}
