"""The strings of the page in Simplified Chinese, under the names that `english` has.

Missing strings are shown in English: messages for the operator of the page, and strings that
are the same in both languages.
"""

LANGUAGE_TAG = "zh-CN"
TAGLINE = "写一句话，改动其中一处，再到地图上找它的邻居。"
MODEL = "模型"
MODELS = {
    "coco": "照片描述",
    "elephant": "大象",
    "article": "文章里的模型",
    "poems": "唐诗",
}
MODEL_LINES = {
    "coco": "读过 {count:,} 句日常照片的描述",
    "elephant": "读过各种照片的描述，又读过 {count:,} 句有大象的照片的描述",
    "article": "重现一篇文章里的小模型：读过 {count:,} 句有大象的照片的描述",
    "poems": "读过 {count:,} 联唐诗（繁体字）",
    "": "读过 {count:,} 行文字",
}
STATE_LOADING = "加载中"
STATE_READY = "就绪"
STATE_FAILED = "无法加载"
STATUS_LOADING = "{model}，需要几秒钟"
STATUS_READY = "每句 {latent_dim} 个数，运行于 {device}"
STATUS_UNFINISHED = "；训练尚未结束，写出的句子还不够好"
STATUS_IDLE = "（未使用：{devices}）"
OFFLINE = "你已离线。页面上的内容还在，获取新结果需要联网。"
SERVER_GONE = "服务器没有响应，页面每隔几秒会重试一次。"
SKIP = "跳到标签页"
SLIDER = {
    "number": "{name}：输入数值",
    "range": "{name}：滑块",
    "reset": "恢复默认值",
}
LOADING = "模型正在加载，几秒钟后会显示结果。"

NOT_FOUND = "没有名为“{model}”的模型。可选：{names}。"
LANGUAGE_MODEL = "“{model}”是语言模型，没有隐空间；请选择 VAE 的权重"
WENT_WRONG = "出错了（编号 {id}）。错误已记录，请重试。"
ENDING = "页面正在重启，请一分钟后再试。"
NO_ADDRESS = "本页面没有这个地址。"
NO_METHOD = "这个地址只接受 {methods}。"
NOT_JSON_TYPE = "请发送 JSON，并带上请求头 Content-Type: application/json。"
NOT_JSON = "请求体不是 JSON。"
TOO_DEEP = "请求体里的列表或对象嵌套超过 {limit} 层。"
HALF_CHARACTER = "请求体里有半个字符（孤立的代理码位）。"
NOT_A_NUMBER = "请求体里有一个数不是有限值，或超过 64 位。"
TOO_LARGE = "请求体超过 {limit} 字节，这是本页面的上限。"
TOO_SLOW = "请求体未能在 {seconds} 秒内传完。"
MALFORMED = "请求里有类型不对的部分。"
NOT_AN_OBJECT = "请求体必须是一个 JSON 对象。"
NO_DATA = "请求体必须有 “data”，即参数的列表。"
NO_ENDPOINT = "没有名为“{name}”的接口；现有 {names}。"
NO_ARGUMENT = "{name} 没有参数“{argument}”；它接受 {names}。"
NEEDS_ARGUMENT = "{name} 需要参数“{argument}”。"
TOO_MANY = "{name} 最多接受 {limit} 个参数；收到 {count} 个。"
NO_EVENT = "本页面没有事件 {number}。"
NO_CONTROL = "本页面没有接受此内容的控件 {number}。"
NOT_A_MESSAGE = "请发送一条 JSON-RPC 2.0 消息，带有“method”和一个对象“params”。"
NOT_A_TOOL = "tools/call 需要“name”（工具名称）和“arguments”（一个对象）。"
NO_ANSWER = "没有这个请求，或者它的结果已经被取走。"
WRONG_COUNT = "这个事件接受一个有 {count} 个值的列表。"
NOT_A_SESSION = "会话和事件的名称由 1 到 64 个字母、数字、_ 和 - 组成。"
NO_OBJECT = "{argument} 不能是一个对象。"
NOT_FOR_CONTROL = "页面的一个控件收到了它不可能有的值。"
NOT_FLAG = "{name} 必须是 true 或 false；收到的是 {value}。"
TOO_MANY_VALUES = "请求中的值太多。"
UNFETCHED = "这个会话还有许多回答没有取走；请先取走，再提出新的请求。"
BUSY = "服务器繁忙，排队人数已满。请过几秒钟再试。"

EMPTY = "请先用模型的语言输入一行文字。"
TOO_LONG = "这句话有 {length} 个字符，上限为 {limit} 个。"
UNREADABLE = "“{text}”里的词模型一个也不认识。请用模型的语言输入一行文字。"
UNREADABLE_SUCH_AS = (
    "“{text}”里的词模型一个也不认识。请用模型的语言输入一行文字，例如“{example}”。"
)
NOT_TEXT = "句子必须是文字，收到的是 {value}。"
NOT_WHOLE = "{name}必须是 {low} 到 {high} 之间的整数，收到的是 {value}。"
NOT_NUMBER = "{name}必须是 {low:g} 到 {high:g} 之间的数，收到的是 {value}。"
NOT_CHOICE = "{name}必须是 {choices} 之一，收到的是 {value}。"
NOT_LIST = "{name} 必须是含 {low} 到 {high} 项的列表（{things}），收到的是 {value}。"
NOT_CODE = "每个点必须是由 {dim} 个有限数组成的列表；第 {row} 个点不符合要求。"
MISSING = "空值"

GENERATE = "模型写的"
GENERATE_INTRO = "这些句子是模型仅凭随机数编出来的；种子相同，编出的句子也相同。"
NEW_SEED = "再写几句"
GENERATE_BUTTON = "用这个种子写"
SEED = "种子"
SEED_INFO = "种子相同，句子就相同"
SETTINGS = "设置"
NUM_CAPTIONS = "句数"
TEMPERATURE = "措辞"
TEMPERATURE_INFO = "从谨慎（0）到大胆（2）"
WORDS = "显示模型对每个词的把握"
WORDS_LEGEND = "根据此前的一切，模型给每个词的概率："
WORDS_LEVELS = ("低于 10%", "10% 到 50%", "50% 到 90%", "90% 以上")
WORDS_UNSURE = "把握较小的词：{words}"
WORDS_SURE = "每个词都有把握"
IN_TRAINING_DATA = "见于训练数据"
IN_TRAINING_DATA_COUNT = "与训练数据逐字相同的：{total} 句中有 {count} 句。"
GENERATE_SUMMARY = "种子 {seed} · 措辞 {temperature:g}"

RECONSTRUCT = "你写的"
RECONSTRUCT_INTRO = (
    "一个神经网络读过许多句子，在空间里给每一句安排了位置，意思相近的句子挨在一起。"
    "输入你自己的一句：它会变成一个点，再仅凭这个点写回来。"
)
CAPTION = "你写的"
CAPTION_HINT = "输入一句话，按回车"
RECONSTRUCT_BUTTON = "读一读"
READ_AS = "读作"
CAME_BACK = "写回来"
SAME = "每个词都写回来了。"
SAME_CHARACTERS = "每个字都写回来了。"
DIFFERENT = "{total} 个词中写回了 {kept} 个。"
DIFFERENT_CHARACTERS = "{total} 个字中写回了 {kept} 个。"
NEAR = "离它最近的"
NEAR_INFO = "地图上的句子，附空间中的距离"
OTHERWISE = "换个说法"
OTHERWISE_INFO = "场景大致相同的其他句子"
REWORD = "再换一批说法"
TOWARDS = "只改一处"
TOWARDS_INFO = (
    "拖动滑块，只改你这句话里的一处。旁边的比例是实测的：在另外 {tried} 句里，"
    "有多少句出现了这一变化，而其余部分保持不变。"
)
SPAN = "{least} 至 {most}"
TOWARDS_LABELS = "移到另一个标签"
TOWARDS_LABELS_INFO = (
    "每个滑块把句子移向一个标签。旁边的比例是实测的：在模型没见过的、带其他标签的句子里，"
    "有多少在移动之后显出这个标签。"
)
TOWARDS_ONE = "移向“{name}”，{share}"
KEPT = "成功率 {share:.0%}"
DIRECTIONS = {
    "woman": "女人",
    "man": "男人",
    "several": "两个",
    "cat": "猫",
    "dog": "狗",
    "elephant": "大象",
    "night": "夜里",
    "snow": "雪地里",
    "beach": "海滩上",
    "street": "街上",
    "indoors": "客厅里",
    "red": "红色",
    "blue": "蓝色",
    "black": "黑色",
    "white": "白色",
    "large": "大",
    "small": "小",
    "standing": "站着",
    "sitting": "坐着",
    "old": "老",
}
WRITTEN = "模型自己写的"
WRITTEN_INFO = "它自己编的句子"
INSIDE = "深入了解：背后的数"
WORDING_SEED = "其他说法的种子"
SAME_OF_READ = "读到的都写回来了。"
LEFT_OUT = "没有读：{things}。"
PUNCTUATION = "标点"
QUOTED = "“{text}”"
AND_SO_ON = "、"
UNKNOWN = "模型不认识“{word}”。"
UNKNOWN_NEAREST = "模型不认识“{word}”。可换成它认识的最接近的词："
SHORTENED = {
    "words": "只保留了前 {max_length} 个词，这是该模型能读的最大长度。",
    "pieces": "只保留了前 {max_length} 个片段，这是该模型能读的最大长度。",
    "tokens": "只保留了前 {max_length} 个词元，这是该模型能读的最大长度。",
}
DRAWS = "由附近的点解码"
DRAWS_INFO = "编码器给出的不是一个点，而是一个分布。下面的句子由从中抽取的点解码而成。"
POSTERIOR = "逐个变量看后验"
POSTERIOR_INFO = "{total} 个变量中有 {active} 个含有关于这句话的信息，合计 {kl:.1f} 奈特。"
POSTERIOR_AXIS = "隐变量，信息量从大到小"
POSTERIOR_SCALE = "μ ± σ（色带：先验）"
POSTERIOR_HOVER = "变量 %{customdata[0]}<br>μ %{y:.2f} ± %{customdata[1]:.2f}"
POSTERIOR_HOVER_KL = "<br>KL %{customdata[2]:.2f} 奈特<extra></extra>"

INTERPOLATE = "两句之间"
INTERPOLATE_INTRO = "两句话是两个点。沿着两点之间的路径，读一读沿途的句子。"
FIRST = "起点"
LAST = "终点"
SWAP = "交换"
STEPS = "步数"
PATH = "路径"
PATHS = {"linear": "线性", "spherical": "球面"}
INTERPOLATE_BUTTON = "显示路径"
POSITION = "路径上的位置"
DRAG = "拖动滑块，沿路径移动"
CAPTIONS_ON_PATH = "沿途有 {count} 句不同的句子"
INTERPOLATE_SUMMARY = "{steps} 步 · {path}路径 · 新出现的词带下划线"
PATH_ON_MAP = "地图上的路径，从“{first}”到“{last}”；标记随滑块移动"

GRID = "网格"
GRID_INTRO = "四个角上各有一句话。其余每一格都由这四句按位置混合而成。"
GRID_BUTTON = "填满网格"
GRID_OTHERS = "换成模型写的四句"
GRID_LABEL = "四句话之间的句子；用方向键逐格移动"
GRID_SUMMARY = "{size} × {size} 格，其中 {different} 句互不相同"
CORNERS = ("左上", "右上", "左下", "右下")
PLAY = "播放"
STOP = "停止"

MAP = "地图"
MAP_INTRO = (
    "每个圆点是模型编的一句话，挨得近的圆点意思相近。"
    "看看你自己的句子落在哪里，或者点击任意位置，读一读那里有什么。"
)
MAP_SENTENCE = "要在地图上找的句子"
MAP_FIND = "查找"
MAP_LABEL = (
    "句子地图。方向键移动光标并读出最近的句子，按住 Shift 大步移动；回车解码光标处的点；"
    "加号和减号缩放，0 显示全图。"
)
MAP_KEYS = "拖动即可阅读，滚轮缩放；也可用方向键、回车、+ 和 −。"
MAP_SEARCH = "搜索句子"
MAP_HINT = "搜索词语"
MAP_FOUND = "{total} 句中的 {count} 句"
MAP_NONE = "地图上没有含这些词的句子。"
MAP_KINDS = "只显示这些种类"
MAP_WAIT = "模型加载完成后，地图就会出现。"
MAP_BUILDING = (
    "这份权重没有附带地图，模型正在生成 {total} 句话来绘制一张小地图：已完成 {done} 句。"
)
MAP_FAILED = "无法加载地图，请重试。"
MAP_UNANSWERED = "没有收到回答，请重试。"
NOT_PLACE = "“{value}”不是有效的地图位置；请写成 x,y 的形式，例如 1.5,-0.25。"
NO_MAP = "“{model}”还没有地图；请先打开“地图”标签页。"
NO_MAP_POSSIBLE = "“{model}”无法绘制地图：编码至少要有两个数，还要有不在训练数据里的句子。"
ZOOM_IN = "放大"
ZOOM_OUT = "缩小"
ZOOM_WHOLE = "显示全图"
ZOOM_MOVE = "拖动以移动地图"
KINDS = {
    "ball": "球类运动",
    "boards": "冲浪、滑板和滑雪",
    "animals": "野生动物和牲畜",
    "pets": "猫和狗",
    "food": "食物",
    "kitchen": "厨房和浴室",
    "rooms": "房间和书桌",
    "street": "街道和交通",
    "water": "水边",
    "land": "田野和树林",
    "people": "人物",
    "enclosure": "围栏",
    "family": "成年与幼年",
    "other": "其他",
}
NEAR_SPACE = "空间中最近的"
NEAR_SPACE_INFO = "附距离"
NEAR_PLANE = "地图上最近的"
MAP_BOTH = "两边都有"
MAP_ALSO = "用最可能的词来说："
MAP_BETWEEN = "圆点之间，由最近的四个混合而成"
MAP_DOT = "在这个圆点上"
MAP_YOURS = "你写的这句在这里"
MAP_KEPT = (
    "与一个圆点最近的 {count} 个圆点里，约有 {share:.0f} 个在空间中也是最近的 {count} 个之一"
    "（可信度 {trust:.2f}，满分 1）：平面地图无法全部保留。"
)
SUM = "加减法"
SUM_INTRO = (
    "在这里，一句话就是一串数，所以句子可以相加减：取一句，减去第二句，加上第三句。"
    "只有这个模型能算对的例子才会列出来；许多别的算式则算不对。"
)
START = "取 A"
MINUS = "减 B"
PLUS = "加 C"
SUM_BUTTON = "计算"
SUM_RESULT = "结果"
SUM_NEAR = "地图上最近的句子"
SUM_SUMMARY = "“{start}”中没有的词带下划线"
SUM_LABEL = "在地图上：A“{start}”，B“{minus}”，C“{plus}”，以及 A − B + C"

EXAMPLES = "试试"
COPY = "复制"
COPIED = "已复制"
COPY_ALL = "复制为文字"
COPY_LINK = "复制链接"
SAVE_JSON = "保存 JSON"
SAVE_CSV = "保存 CSV"
SAVE = "保存"
SAVES = {
    "png": "存为图片（PNG）",
    "svg": "存为图片（SVG）",
    "json": "存为数据（JSON）",
    "csv": "存为表格（CSV）",
}
NO_PICTURE = "此服务器不绘制图片。"
PICTURE_FAILED = "图片没有画成，请重试。"
USE = "拿去用"
USES = {
    "caption": "作为你写的一句",
    "pin": "放到地图上",
    "first": "作为路径起点",
    "last": "作为路径终点",
    "top_left": "放进网格",
    "start": "放进算式",
}

HISTORY = "历史"
HISTORY_TITLE = "本次访问的结果"
HISTORY_INFO = "最近的 {limit} 个结果，只保存在这个浏览器标签页里。"
HISTORY_EMPTY = "还没有结果。"
MORE_CAPTIONS = "还有 {count} 句"
OPEN_AGAIN = "重新打开"
CLEAR = "清空"
CLEARED = "历史已清空。"
CLOSE = "关闭"

ABOUT = "关于"
ABOUT_WHAT = "你看到的是什么"
ABOUT_TEXT = (
    "模型读过许多句子，学会了一件事：把一句话压缩成编码（一串数，对应空间里的一个点），再仅凭编码把这句话写回来。"
    "意思相近的句子，点也相近；因此它们之间的点同样能解码成句子，其他标签页可以带你去看看。"
    "这样的模型叫做变分自编码器。"
)
ABOUT_READS = "它读到"
ABOUT_POINT = "编码：{latent_dim} 个数"
ABOUT_WRITES = "它写出"
ABOUT_STRIP = "{latent_dim} 根短柱，每个数一根，从 {low:.1f} 到 {high:.1f}"
ABOUT_MODEL = "模型“{model}”"
ABOUT_FACTS = {
    "latent_dim": "隐变量",
    "vocab_size": "词表中的词",
    "max_length": "每句最多的词数",
    "num_parameters": "参数",
    "train": "训练用的句子",
    "minutes": "训练分钟数",
    "finished": "训练完成日期",
}
ABOUT_FACTS_OF_PIECES = {
    "vocab_size": "词表中的片段",
    "max_length": "每句最多的片段数",
}
ABOUT_CATEGORY = "训练数据是包含以下内容的图片的描述：{category}。"
ABOUT_FROM = "从“{source}”的权重开始训练；那些权重所用的时间未计在内。"
ABOUT_FROM_COUNTED = "从“{source}”的权重开始训练；所示时间包含那些权重的训练时间。"
ABOUT_MEASURED = "效果如何"
ABOUT_MEASURED_ON = (
    "在 {count:,} 句没有用于训练的句子上测得{use}。"
    "把指针移到某个指标上、轻点它，或用 Tab 键移到那里，即可看到它的定义。"
)
ABOUT_MEASURED_USE = "（它们只用来挑选最好的一轮）"
ABOUT_NOT_MEASURED = "该模型的报告里没有指标。"
ABOUT_ALL = "全部指标及其定义"
ABOUT_METRIC = "指标"
ABOUT_VALUE = "数值"
ABOUT_MEANING = "定义"
ABOUT_OF = "{value} / {total}"
ABOUT_LABELS = {
    "reconstruction_exact": "逐字重建的句子",
    "reconstruction_bleu4": "重建的 BLEU-4",
    "nll": "重建损失（奈特）",
    "kl": "编码所含的信息（奈特）",
    "active_units": "起作用的隐变量",
}
ABOUT_CURVES = "训练过程"
ABOUT_CURVES_INFO = (
    "把全部训练句子读一遍叫一轮。{epochs} 轮之后，重建一句验证句子的代价是 {nll:.1f} 奈特"
    "（nll），其编码所含的信息是 {kl:.1f} 奈特（kl）。权重取自第 {best} 轮。"
)
ABOUT_NO_CURVES = "该模型的报告里没有训练历史。"
CURVES = {
    "nll": "nll（奈特）",
    "kl": "kl（奈特）",
    "loss": "损失（奈特）",
    "active_units": "活跃的隐变量",
}
CURVE_EPOCH = "轮"
CURVE_TRAINING = "训练"
CURVE_VALIDATION = "验证"
ABOUT_LIMITS = "它做不到什么"
LIMITS = (
    "词表之外的词对它没有意义；页面会指出这样的词。",
    "从编码写回来的句子可能会变：物体、数目和颜色可能不同。",
    "它不知道自己写的是真是假。",
    "它的输出供探索之用，不能用来对人作出决定。",
)
LIMITS_COCO = (
    "它只会写简短的小写英文图片描述，每次一句，别的都不会；它也从没看过任何图片。",
    "它学的是日常照片的描述：运动、厨房、街道和动物写得不错，其他题材则很少。",
    "这些描述对人的呈现并不均衡：男性多于女性，且常处于刻板的情境中"
    "（Zhao et al. 2017, Hendricks et al. 2018）。模型会重现这一点，甚至可能加重。",
)
LIMITS_OTHER = (
    "它只会写与训练文本相似的单行文字，别的都不会。",
    "它会重现训练文本中的习惯和偏见。",
)
ABOUT_DATA = "数据与许可"
DATA_COCO = (
    "用 MS COCO 的图片描述训练，它们由人看着照片写成（Lin et al. 2014, Chen et al. 2015），"
    "由 COCO Consortium 以 CC BY 4.0 许可发布。权重中不含这些描述。"
)
WEIGHTS_LICENSED = "权重的许可：{license}。代码以 MIT 许可发布。"
WEIGHTS_OTHER = "权重的许可没有记录，请询问模型的作者。代码以 MIT 许可发布。"
DATA_OTHER = "训练文本的来源没有记录，请询问模型的作者。"
DATA_FROM = "训练文本来自 {files}。"
DATA_OF = {
    "poems": "用唐诗训练，每行一联（上下两句），原文为繁体字，早已属于公有领域。"
    "权重与代码均以 MIT 许可发布。",
}
DATA_COUNTS = {
    "image": "训练用 {train:,} 句，验证用 {validation:,} 句；没有图片同时出现在两边。",
    "group": "训练用 {train:,} 句，验证用 {validation:,} 句；没有一组句子同时出现在两边。",
    "line": "训练用 {train:,} 句，验证用 {validation:,} 句；没有句子同时出现在两边。",
}
DATA_FILTER = (
    "“见于训练数据”的标记来自一个不保存文字的过滤器：训练句子它全都认得；"
    "其他句子每 10,000 句约有 {count:.1g} 句会被误认。"
)
CARD = "完整的模型卡（英文）"
NO_SCENE = "“{model}”没有场景；请把 prior 设为 “standard”。"
_SAMPLES, _PATHS = "生成的句子：", "插值："
DEFINITIONS = {
    "nll": "每句的奈特数，-log p(x|z)，z 取自后验；三次抽取的平均",
    "kl": "每句的奈特数，KL(q(z|x) || N(0, I))，从不截断",
    "elbo": "每句的奈特数，-(nll + kl)",
    "nll_iw": "每句的奈特数，-log p(x) 的重要性加权界，抽取 iw_samples 次",
    "ppl": "exp(每个词元的 nll_iw)，语言模型则为 exp(每个词元的 nll)；"
    "词元是单词（原样读取的文本则是词的片段）和 <eos>",
    "mutual_information": "奈特，全集上的 I(x; z)，三次抽取的平均；至多 log num_captions",
    "active_units": "后验均值随句子变化（方差大于 0.01）的隐变量个数",
    "reconstruction_bleu4": "语料 BLEU-4，0 到 1，由后验均值贪心解码",
    "reconstruction_exact": "逐字重建的句子所占比例，由后验均值贪心解码",
    "sibling_recall": "最近的 10 个邻居（余弦，地图和插值所用的空间）中有同一图片另一句的"
    "句子所占比例，取前 6,000 句",
    "trustworthiness": "地图：0 到 1，平面上最近的 10 句在空间中离得越远就越低"
    "（Venna 与 Kaski 2001），取地图的前 6,000 句",
    "map_neighbours": "地图：平面上最近的 10 句也在空间中最近 10 句之列的比例，"
    "取地图的前 6,000 句",
    "unknown_rate": "词表之外的词所占比例",
    **{
        f"bleu_{n}": f"{_SAMPLES}对全部真实句子的平均句级 BLEU-{n}，平滑方法 1"
        for n in range(2, 6)
    },
    **{f"self_bleu_{n}": f"{_SAMPLES}对其他生成句子的平均句级 BLEU-{n}" for n in range(2, 6)},
    "forward_ppl": f"{_SAMPLES}在训练句子的 4 元模型下的困惑度",
    "reverse_ppl": f"{_SAMPLES}真实句子在其 4 元模型下的困惑度",
    "distinct_1": f"{_SAMPLES}不同的词 / 词",
    "distinct_2": f"{_SAMPLES}不同的词对 / 词对",
    "unique": f"{_SAMPLES}不同的句子 / 句子",
    "novel": f"{_SAMPLES}不是训练句子的比例",
    "repeated": f"{_SAMPLES}同一词连续出现两次、或同样三词出现两次的比例",
    "dangling": f"{_SAMPLES}以不能结尾的英文词结尾的比例",
    "distinct_captions": f"{_PATHS}一条路径上的 7 句中不同的句数",
    "distinct_5_of_7": f"{_PATHS}7 句中至少有 5 句不同的路径所占比例",
    "monotone": f"{_PATHS}按平均词向量，没有一步背离终点、且最后一句比第一句更近的路径所占比例",
    "inner_ppl": f"{_PATHS}中间 5 句的困惑度，算法同 forward_ppl",
    "endpoints_exact": f"{_PATHS}逐字重建的端点所占比例",
    "inner_repeated": f"{_PATHS}中间 5 句里有重复（repeated）的比例",
    "inner_dangling": f"{_PATHS}中间 5 句里话没说完（dangling）的比例",
}
